import { signal } from '@preact/signals';
import { isAbort } from './http';
import { fetchStatus, totals, type Status } from './status';

const intervalMs = 2000;
/** A rate needs two answers; the second comes sooner. */
const firstIntervalMs = 1000;
const timeoutMs = 5000;
const ratesMax = 60;

export interface StatusSample {
  status: Status;
  /** When it was fetched, `Date.now()`. */
  atMs: number;
}

/** Fetches the status each two seconds while the page is in sight. The last answer is kept when one fails. */
export class StatusPoller {
  readonly latest = signal<StatusSample | undefined>(undefined);
  readonly error = signal<string | undefined>(undefined);
  /** Samples taken in for each second, one entry for each interval, oldest first. */
  readonly ingestRates = signal<number[]>([]);
  /** Requests passed on for each second, as `ingestRates`. */
  readonly requestRates = signal<number[]>([]);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #request = new AbortController();

  /** Begins; the result ends it. */
  start(): () => void {
    const onVisible = () => {
      if (document.visibilityState === 'visible') void this.#poll();
    };
    document.addEventListener('visibilitychange', onVisible);
    void this.#poll();
    return () => {
      document.removeEventListener('visibilitychange', onVisible);
      clearTimeout(this.#timer);
      this.#request.abort();
    };
  }

  async #poll(): Promise<void> {
    clearTimeout(this.#timer);
    this.#request.abort();
    const request = new AbortController();
    this.#request = request;
    try {
      const signals = [request.signal, AbortSignal.timeout(timeoutMs)];
      this.#accept(await fetchStatus(AbortSignal.any(signals)));
    } catch (error) {
      if (request.signal.aborted) return;
      this.error.value = isAbort(error) || !(error instanceof Error) ? 'Weir does not answer' : error.message;
    }
    if (document.visibilityState === 'visible') {
      const delayMs = this.ingestRates.peek().length === 0 ? firstIntervalMs : intervalMs;
      this.#timer = setTimeout(() => void this.#poll(), delayMs);
    }
  }

  #accept(status: Status): void {
    const sample = { status, atMs: Date.now() };
    const before = this.latest.peek();
    this.latest.value = sample;
    this.error.value = undefined;
    if (before === undefined) return;
    const samples = status.ingest.samples_total - before.status.ingest.samples_total;
    const requests = totals(status.upstreams).requests - totals(before.status.upstreams).requests;
    const seconds = (sample.atMs - before.atMs) / 1000;
    // A count that shrank belongs to another process; an interval out of sight says nothing about its seconds.
    if (samples < 0 || requests < 0 || seconds > 10 || seconds <= 0) return;
    this.ingestRates.value = [...this.ingestRates.peek(), samples / seconds].slice(-ratesMax);
    this.requestRates.value = [...this.requestRates.peek(), requests / seconds].slice(-ratesMax);
  }
}
