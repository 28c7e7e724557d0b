/** A request that did not give an answer that can be used. `status` is 0 when the server was not reached. */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'HttpError';
  }
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

/**
 * GETs JSON from this origin. Answers of any status whose body is JSON are returned with their status, because Weir's errors
 * are JSON too; anything else becomes an HttpError.
 */
export async function getJson(
  path: string,
  signal: AbortSignal,
): Promise<{ status: number; body: unknown; bytes: number }> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(path, { signal, headers: { Accept: 'application/json' } });
    text = await response.text();
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new HttpError(0, 'unreachable', 'Weir does not answer');
  }
  try {
    return { status: response.status, body: JSON.parse(text) as unknown, bytes: text.length };
  } catch {
    throw new HttpError(response.status, 'not_json', `HTTP ${response.status} without a JSON body`);
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
