import { fakeSeries } from './fake_host.ts';
import { FakeParseError, fakeEvaluate } from './fake_query.ts';

export interface FakeAnswer {
  status: number;
  body: unknown;
}

const startedMs = Date.now();

function success(data: unknown): FakeAnswer {
  return { status: 200, body: { status: 'success', data } };
}

function unique(values: (string | undefined)[]): string[] {
  return [...new Set(values.filter(value => value !== undefined))].sort();
}

function instant(parameters: URLSearchParams): FakeAnswer {
  const seconds = Number(parameters.get('time'));
  const result = fakeEvaluate(parameters.get('query') ?? '').map(({ labels, at }) => ({
    metric: labels,
    value: [seconds, String(at(seconds * 1000))],
  }));
  return success({ resultType: 'vector', result });
}

function range(parameters: URLSearchParams): FakeAnswer {
  const [start = 0, end = 0, step = 1] = ['start', 'end', 'step'].map(name => Number(parameters.get(name)));
  const times = Array.from({ length: Math.floor((end - start) / step) + 1 }, (_, row) => start + row * step);
  const result = fakeEvaluate(parameters.get('query') ?? '').map(({ labels, at }) => ({
    metric: labels,
    values: times.map(time => [time, String(at(time * 1000))]),
  }));
  return success({ resultType: 'matrix', result });
}

function status(): FakeAnswer {
  const uptime = (Date.now() - startedMs) / 1000;
  const records = Math.floor(uptime * 8);
  const partitions = [0, 1, 2, 3].map(partition => {
    const lag = partition === 2 && records % 5 === 0 ? 3 : 0;
    return { partition, begin: 0, end: records, applied: records - lag, lag, refused: 0 };
  });
  return {
    status: 200,
    body: {
      version: '0.1.0',
      commit: 'fake',
      uptime_s: uptime,
      roles: ['all'],
      ready: true,
      durability: 'fsync',
      collector: true,
      engines: { log: 'embedded', store: 'embedded', meta: 'sqlite', cache: 'memory' },
      log: { present: true, writable: true, reason: '', partitions },
      store: {
        present: true,
        active_series: fakeSeries.length + 1013,
        head_samples: Math.floor(uptime * 1230) + 51_234,
        head_bytes: Math.floor(uptime * 2800) + 1.4e6,
        blocks: 2,
        block_bytes: 91_234_567,
        block_samples: 70_400_000,
        mint_ms: startedMs - 7.2e6,
        maxt_ms: Date.now(),
      },
      ingest: {
        present: true,
        samples_total: Math.floor(uptime * 1230 + 900 * Math.sin(uptime / 3)),
        rejected_total: 12,
      },
      live: { present: true, connections: 1, subscriptions: 9 },
      breakers: [],
      upstreams: [],
    },
  };
}

function route(path: string, parameters: URLSearchParams): FakeAnswer | undefined {
  const label = /^\/api\/v1\/label\/(\w+)\/values$/.exec(path)?.[1];
  if (label !== undefined) return success(unique(fakeSeries.map(({ labels }) => labels[label])));
  switch (path) {
    case '/api/v1/labels':
      return success(unique(fakeSeries.flatMap(({ labels }) => Object.keys(labels))));
    case '/api/v1/metadata':
      return success({
        node_load1: [{ type: 'gauge', unit: '', help: 'Tasks that run or wait, over 1 minute.' }],
      });
    case '/api/v1/query':
      return instant(parameters);
    case '/api/v1/query_range':
      return range(parameters);
    case '/api/v2/status':
      return status();
    default:
      return undefined;
  }
}

/** Answers as the server would; `undefined` for what is not part of the API. */
export function fakeAnswer(path: string, parameters: URLSearchParams): FakeAnswer | undefined {
  try {
    return route(path, parameters);
  } catch (error) {
    if (!(error instanceof FakeParseError)) throw error;
    return { status: 400, body: { status: 'error', errorType: 'bad_data', error: error.message } };
  }
}
