import { signal } from '@preact/signals';
import { HttpError, isAbort } from '../../api/http';
import { queryInstant, queryRange, type QueryAnswer, type RangeOptions } from '../../api/prometheus';
import { remember } from './history';
import { resolveRange, type QueryState } from './query_state';

export type Outcome =
  | { kind: 'none' }
  | { kind: 'answer'; tab: QueryState['tab']; expr: string; answer: QueryAnswer; range: RangeOptions }
  | { kind: 'error'; expr: string; message: string; unreachable: boolean };

/** Runs one query at a time; a new one takes the place of one that is under way. */
export class QueryModel {
  readonly outcome = signal<Outcome>({ kind: 'none' });
  readonly running = signal(false);
  #request = new AbortController();

  async run(state: QueryState): Promise<void> {
    this.#request.abort();
    if (state.expr.trim() === '') {
      this.running.value = false;
      this.outcome.value = { kind: 'none' };
      return;
    }
    const request = new AbortController();
    this.#request = request;
    this.running.value = true;
    const { expr, tab } = state;
    const range = resolveRange(state, Date.now());
    try {
      const answer = await (tab === 'graph'
        ? queryRange(expr, range, request.signal)
        : queryInstant(expr, range.endMs, request.signal));
      if (request.signal.aborted) return;
      this.outcome.value = { kind: 'answer', tab, expr, answer, range };
      remember(expr);
    } catch (error) {
      if (isAbort(error)) return;
      const message = error instanceof Error ? error.message : String(error);
      const unreachable = error instanceof HttpError && error.status === 0;
      this.outcome.value = { kind: 'error', expr, message, unreachable };
    }
    this.running.value = false;
  }

  stop(): void {
    this.#request.abort();
    this.running.value = false;
  }
}
