import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { DashboardModel } from './dashboard_model';

interface Shown {
  level: 'good' | 'warn' | 'quiet';
  text: string;
}

function describe(model: DashboardModel, nowMs: number): Shown {
  const state = model.connection.value;
  switch (state.kind) {
    case 'live':
      return model.paused.value ? { level: 'quiet', text: 'Paused' } : { level: 'good', text: 'Live' };
    case 'connecting':
      return { level: 'warn', text: 'Connecting' };
    case 'waiting':
      return {
        level: 'warn',
        text: `Lost; again in ${Math.max(0, Math.ceil((state.retryAtMs - nowMs) / 1000))} s`,
      };
    case 'closed':
      return { level: 'quiet', text: 'Asleep' };
  }
}

/** Says whether data flows. */
export function ConnectionPill({ model }: { model: DashboardModel }): JSX.Element {
  const now = useSignal(Date.now());
  const waiting = model.connection.value.kind === 'waiting';
  useEffect(() => {
    if (!waiting) return undefined;
    now.value = Date.now();
    const timer = setInterval(() => {
      now.value = Date.now();
    }, 500);
    return () => {
      clearInterval(timer);
    };
  }, [waiting]);
  const { level, text } = describe(model, now.value);
  return (
    <span class="connection">
      <span class={`pill pill-${level}`} role="status" data-state={model.connection.value.kind}>
        {text}
      </span>
      {waiting && (
        <button
          type="button"
          class="button"
          onClick={() => {
            model.retryNow();
          }}
        >
          Try now
        </button>
      )}
    </span>
  );
}
