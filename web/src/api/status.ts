/** `GET /api/v2/status`; docs/formats/status.md is the description. */
import { getJson, HttpError, isRecord } from './http';

export interface Partition {
  partition: number;
  begin: number;
  end: number;
  applied: number;
  lag: number;
  refused: number;
}

/** A process that a gateway forwards to; one that serves reads and writes is there twice. */
export interface Upstream {
  surface: string;
  name: string;
  address: string;
  state: string;
  reason: string;
  in_flight: number;
  requests_total: number;
  errors_total: number;
  retries_total: number;
}

export interface Status {
  version: string;
  commit: string;
  uptime_s: number;
  roles: string[];
  ready: boolean;
  durability: string;
  collector: boolean;
  /** What stands behind each seam. */
  engines: Record<string, string>;
  log: { present: boolean; writable: boolean; reason: string; partitions: Partition[] };
  store: {
    present: boolean;
    active_series: number;
    head_samples: number;
    head_bytes: number;
    blocks: number;
    block_bytes: number;
    block_samples: number;
    mint_ms: number;
    maxt_ms: number;
  };
  ingest: { present: boolean; samples_total: number; rejected_total: number };
  live: { present: boolean; connections: number; subscriptions: number };
  breakers: { name?: string; state?: string }[];
  upstreams: Upstream[];
}

/** A process that only passes requests on has no figures of samples to show. */
export function isGateway(status: Status): boolean {
  return !status.store.present && !status.ingest.present && status.upstreams.length > 0;
}

/** Over all upstreams. */
export function totals(upstreams: readonly Upstream[]) {
  const sum = (count: (upstream: Upstream) => number) =>
    upstreams.reduce((total, upstream) => total + count(upstream), 0);
  return {
    serving: upstreams.filter(({ state }) => state === 'serving').length,
    inFlight: sum(upstream => upstream.in_flight),
    requests: sum(upstream => upstream.requests_total),
    errors: sum(upstream => upstream.errors_total),
    retries: sum(upstream => upstream.retries_total),
  };
}

const sections = ['log', 'store', 'ingest', 'live'];

export async function fetchStatus(signal: AbortSignal): Promise<Status> {
  const { status, body } = await getJson('/api/v2/status', signal);
  if (status !== 200 || !isRecord(body) || !sections.every(section => isRecord(body[section]))) {
    const detail = isRecord(body) && typeof body.detail === 'string' ? `: ${body.detail}` : '';
    throw new HttpError(status, 'status', `HTTP ${status} from /api/v2/status${detail}`);
  }
  return body as unknown as Status;
}
