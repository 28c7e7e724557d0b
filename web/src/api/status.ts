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

export interface Status {
  version: string;
  commit: string;
  uptime_s: number;
  roles: string[];
  ready: boolean;
  durability: string;
  collector: boolean;
  log: { writable: boolean; reason: string; partitions: Partition[] };
  store: {
    active_series: number;
    head_samples: number;
    head_bytes: number;
    blocks: number;
    block_bytes: number;
    block_samples: number;
    mint_ms: number;
    maxt_ms: number;
  };
  ingest: { samples_total: number; rejected_total: number };
  live: { connections: number; subscriptions: number };
  breakers: { name?: string; state?: string }[];
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
