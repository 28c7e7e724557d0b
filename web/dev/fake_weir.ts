import type { Server } from 'node:http';
import type { Connect, Plugin } from 'vite';
import { WebSocketServer } from 'ws';
import { fakeAnswer } from './fake_api.ts';
import { serveFakeLive } from './fake_live.ts';

const answerApi: Connect.NextHandleFunction = (request, response, next) => {
  const url = new URL(request.url ?? '/', 'http://weir');
  const answer = fakeAnswer(url.pathname, url.searchParams);
  if (answer === undefined) {
    next();
    return;
  }
  response.writeHead(answer.status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(answer.body));
};

function answerLive(server: Server): void {
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    if (request.url !== '/api/v2/live') return;
    sockets.handleUpgrade(request, socket, head, serveFakeLive);
  });
}

/** Puts a made-up Weir behind Vite's server, for work on the console without a real one. */
export function fakeWeir(): Plugin {
  return {
    name: 'fake-weir',
    configureServer: server => {
      server.middlewares.use(answerApi);
      if (server.httpServer !== null) answerLive(server.httpServer as Server);
    },
    configurePreviewServer: server => {
      server.middlewares.use(answerApi);
      answerLive(server.httpServer as Server);
    },
  };
}
