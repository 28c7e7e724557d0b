import { withHistogramTexts } from './histogram';
import { getJson, HttpError, isRecord } from './http';
import type { Labels } from './live';

/** A point: seconds since 1970, and the value as text ("NaN", "+Inf" and "-Inf" included; native histograms as PromQL writes them). */
export type Point = [number, string];

export type QueryData =
  | { resultType: 'matrix'; result: { metric: Labels; values: Point[] }[] }
  | { resultType: 'vector'; result: { metric: Labels; value: Point }[] }
  | { resultType: 'scalar' | 'string'; result: Point };

export interface QueryAnswer {
  data: QueryData;
  /** And what the server has to say that is less than a warning. */
  warnings: string[];
  /** From sending the request to having parsed the answer. */
  elapsedMs: number;
  bytes: number;
}

export interface RangeOptions {
  startMs: number;
  endMs: number;
  stepMs: number;
}

interface Envelope {
  data: unknown;
  warnings: string[];
  bytes: number;
}

async function call(path: string, parameters: URLSearchParams, signal: AbortSignal): Promise<Envelope> {
  const { status, body, bytes } = await getJson(`/api/v1/${path}?${parameters.toString()}`, signal);
  if (!isRecord(body)) throw new HttpError(status, 'not_json', `HTTP ${status} with an unknown body`);
  if (body.status !== 'success') {
    const code = typeof body.errorType === 'string' ? body.errorType : 'error';
    throw new HttpError(status, code, typeof body.error === 'string' ? body.error : `HTTP ${status}`);
  }
  const notes = [body.warnings, body.infos].flatMap(list => (Array.isArray(list) ? list.map(String) : []));
  return { data: body.data, warnings: notes, bytes };
}

async function query(path: string, parameters: URLSearchParams, signal: AbortSignal): Promise<QueryAnswer> {
  const begin = performance.now();
  const { data, warnings, bytes } = await call(path, parameters, signal);
  if (!isRecord(data) || !Array.isArray(data.result)) {
    throw new HttpError(200, 'not_json', 'The answer holds no result');
  }
  // The envelope was checked above; the rows inside it are the API's contract.
  const rows = { ...data, result: data.result.map(withHistogramTexts) } as unknown as QueryData;
  return { data: rows, warnings, elapsedMs: performance.now() - begin, bytes };
}

export function queryInstant(expr: string, atMs: number, signal: AbortSignal): Promise<QueryAnswer> {
  return query('query', new URLSearchParams({ query: expr, time: String(atMs / 1000) }), signal);
}

export function queryRange(expr: string, range: RangeOptions, signal: AbortSignal): Promise<QueryAnswer> {
  const parameters = new URLSearchParams({
    query: expr,
    start: String(range.startMs / 1000),
    end: String(range.endMs / 1000),
    step: String(range.stepMs / 1000),
  });
  return query('query_range', parameters, signal);
}

async function names(path: string, parameters: URLSearchParams, signal: AbortSignal): Promise<string[]> {
  const { data } = await call(path, parameters, signal);
  return Array.isArray(data) ? data.map(String) : [];
}

export function labelNames(signal: AbortSignal): Promise<string[]> {
  return names('labels', new URLSearchParams(), signal);
}

/** Values of a label; with `match`, only of the series it selects; with `sinceMs`, only of series that are that recent. */
export function labelValues(
  name: string,
  signal: AbortSignal,
  options: { match?: string; sinceMs?: number } = {},
): Promise<string[]> {
  const parameters = new URLSearchParams();
  if (options.match !== undefined) parameters.set('match[]', options.match);
  if (options.sinceMs !== undefined) parameters.set('start', String(options.sinceMs / 1000));
  return names(`label/${encodeURIComponent(name)}/values`, parameters, signal);
}

/** What a metric is, as its senders say: "counter", "gauge", ..., and a sentence. */
export interface MetricDescription {
  type: string;
  help: string;
}

/** By the name of the family: a histogram's buckets, sum and count are of one. */
export async function metricDescriptions(signal: AbortSignal): Promise<Map<string, MetricDescription>> {
  const { data } = await call('metadata', new URLSearchParams({ limit_per_metric: '1' }), signal);
  const found = new Map<string, MetricDescription>();
  for (const [name, entries] of Object.entries(isRecord(data) ? data : {})) {
    const first: unknown = Array.isArray(entries) ? entries[0] : undefined;
    if (isRecord(first)) found.set(name, { type: String(first.type), help: String(first.help) });
  }
  return found;
}
