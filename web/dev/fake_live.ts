import type { WebSocket } from 'ws';
import { FakeParseError, fakeEvaluate } from './fake_query.ts';
import type { FakeSeries } from './fake_host.ts';

interface Subscribe {
  type: string;
  id: string;
  query: string;
  interval_ms: number;
  history_ms: number;
  resume?: string;
}

const historyPointsMax = 1000;

/** What comes before `t`: the past that was asked for, or what was missed since the token; false when that is nothing. */
function sendHistory(socket: WebSocket, request: Subscribe, series: FakeSeries[], t: number): boolean {
  const { id, interval_ms, resume } = request;
  const end_ms = t - interval_ms;
  const told = resume === undefined ? undefined : Number(resume);
  const history_ms = told === undefined ? request.history_ms : end_ms - told;
  if (history_ms <= 0) return false;
  const step_ms =
    told === undefined ? interval_ms * Math.ceil(history_ms / interval_ms / historyPointsMax) : interval_ms;
  const points = Math.min(historyPointsMax, Math.floor(history_ms / step_ms));
  const start_ms = end_ms - (points - 1) * step_ms;
  const v = series.map(({ at }) => Array.from({ length: points }, (_, row) => at(start_ms + row * step_ms)));
  const truncated = told !== undefined && start_ms > told + step_ms ? { truncated: true } : {};
  const times = { start_ms, end_ms, step_ms, token: String(end_ms), ...truncated };
  socket.send(JSON.stringify({ type: 'history', id, ...times, new: series.map(one => one.labels), v }));
  return true;
}

/** Sends a frame at each whole interval; the result ends it. */
function stream(socket: WebSocket, request: Subscribe): () => void {
  const series = fakeEvaluate(request.query);
  const interval = request.interval_ms;
  let seq = 0;
  let t = Math.floor(Date.now() / interval) * interval;
  let named = sendHistory(socket, request, series, t + interval);
  let timer: ReturnType<typeof setTimeout>;
  const tick = () => {
    t += interval;
    const frame = { type: 'data', id: request.id, seq: ++seq, t, token: String(t) };
    const values = { i: series.map((_, index) => index), v: series.map(({ at }) => at(t)) };
    const labels = named ? {} : { new: series.map(one => one.labels) };
    named = true;
    socket.send(JSON.stringify({ ...frame, ...labels, ...(series.length > 0 ? values : {}) }));
    timer = setTimeout(tick, t + interval - Date.now());
  };
  timer = setTimeout(tick, named ? t + interval - Date.now() : 0);
  return () => {
    clearTimeout(timer);
  };
}

/** Speaks docs/formats/live.md on one connection. */
export function serveFakeLive(socket: WebSocket): void {
  const streams = new Map<string, () => void>();
  socket.on('message', data => {
    const request = JSON.parse((data as Buffer).toString()) as Subscribe;
    streams.get(request.id)?.();
    streams.delete(request.id);
    if (request.type !== 'subscribe') return;
    try {
      streams.set(request.id, stream(socket, request));
    } catch (error) {
      if (!(error instanceof FakeParseError)) throw error;
      const { message } = error;
      socket.send(JSON.stringify({ type: 'error', id: request.id, code: 'invalid_argument', message }));
    }
  });
  socket.on('close', () => {
    for (const end of streams.values()) end();
  });
}
