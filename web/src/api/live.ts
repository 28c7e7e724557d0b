/** The frames of `WS /api/v2/live`; docs/formats/live.md is the description. */
import { isRecord } from './http';

export type Labels = Readonly<Record<string, string>>;

/** A value as it is kept: `null` when the series has none at that time. May be NaN or infinite. */
export type Value = number | null;

export interface SubscribeRequest {
  id: string;
  query: string;
  interval_ms: number;
  history_ms: number;
}

export interface HistoryFrame {
  type: 'history';
  id: string;
  start_ms: number;
  step_ms: number;
  /** What a later subscription resumes from. */
  token: string | undefined;
  /** It begins later than the time that was resumed from. */
  truncated: boolean;
  new: Labels[];
  v: Value[][];
}

export interface DataFrame {
  type: 'data';
  id: string;
  seq: number;
  t: number;
  token: string | undefined;
  new: Labels[];
  i: number[];
  v: Value[];
  gone: number[];
}

export interface ErrorFrame {
  type: 'error';
  id: string | undefined;
  code: string;
  message: string;
}

export type ServerFrame = HistoryFrame | DataFrame | ErrorFrame;

const retryableCodes = new Set(['deadline_exceeded', 'unavailable']);

/** Whether the subscription goes on after this error. */
export function isRetryable(frame: ErrorFrame): boolean {
  return retryableCodes.has(frame.code);
}

function decodeValue(value: unknown): Value {
  switch (value) {
    case 'NaN':
      return NaN;
    case '+Inf':
      return Infinity;
    case '-Inf':
      return -Infinity;
    default:
      return typeof value === 'number' ? value : null;
  }
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function labelList(value: unknown): Labels[] {
  return list(value).map(item => (isRecord(item) ? (item as Labels) : {}));
}

function indexList(value: unknown): number[] {
  return list(value).filter(item => Number.isInteger(item)) as number[];
}

/** Reads one frame; `undefined` for a frame of a kind or shape that this console does not know. */
export function parseServerFrame(text: string): ServerFrame | undefined {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(frame)) return undefined;
  const id = frame.id;
  if (frame.type === 'error') {
    return {
      type: 'error',
      id: typeof id === 'string' ? id : undefined,
      code: typeof frame.code === 'string' ? frame.code : 'unknown',
      message: typeof frame.message === 'string' ? frame.message : '',
    };
  }
  if (typeof id !== 'string') return undefined;
  if (frame.type === 'history') return parseHistory(id, frame);
  if (frame.type === 'data') return parseData(id, frame);
  return undefined;
}

function tokenOf(frame: Record<string, unknown>): string | undefined {
  return typeof frame.token === 'string' ? frame.token : undefined;
}

function parseHistory(id: string, frame: Record<string, unknown>): HistoryFrame | undefined {
  const { start_ms, step_ms } = frame;
  if (typeof start_ms !== 'number' || typeof step_ms !== 'number') return undefined;
  const v = list(frame.v).map(column => list(column).map(decodeValue));
  const truncated = frame.truncated === true;
  return {
    type: 'history',
    id,
    start_ms,
    step_ms,
    token: tokenOf(frame),
    truncated,
    new: labelList(frame.new),
    v,
  };
}

function parseData(id: string, frame: Record<string, unknown>): DataFrame | undefined {
  const { seq, t } = frame;
  if (typeof seq !== 'number' || typeof t !== 'number') return undefined;
  return {
    type: 'data',
    id,
    seq,
    t,
    token: tokenOf(frame),
    new: labelList(frame.new),
    i: indexList(frame.i),
    v: list(frame.v).map(decodeValue),
    gone: indexList(frame.gone),
  };
}
