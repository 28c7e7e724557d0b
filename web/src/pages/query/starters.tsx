import type { JSX } from 'preact';
import { clearHistory, history } from './history';

const examples: readonly (readonly [title: string, expr: string])[] = [
  ['CPU use by mode', 'sum by (mode) (rate(node_cpu_seconds_total{mode!="idle"}[1m]))'],
  ['Memory in use', 'node_memory_MemTotal_bytes - node_memory_MemAvailable_bytes'],
  ['Network in', 'rate(node_network_receive_bytes_total[1m])'],
  ['Series by metric', 'topk(10, count by (__name__) ({__name__!=""}))'],
];

function Entries({
  items,
  onChoose,
}: {
  items: readonly string[];
  onChoose: (expr: string) => void;
}): JSX.Element {
  return (
    <ul class="expressions">
      {items.map(expr => (
        <li key={expr}>
          <button
            type="button"
            onClick={() => {
              onChoose(expr);
            }}
          >
            {expr}
          </button>
        </li>
      ))}
    </ul>
  );
}

/** Queries to begin with, where there is no result yet. */
export function Examples({ onChoose }: { onChoose: (expr: string) => void }): JSX.Element {
  return (
    <section class="card empty-state">
      <h2>Try one of these</h2>
      <dl class="examples">
        {examples.map(([title, expr]) => (
          <div key={expr}>
            <dt>{title}</dt>
            <dd>
              <Entries items={[expr]} onChoose={onChoose} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** Expressions that were run before in this browser. */
export function History({ onChoose }: { onChoose: (expr: string) => void }): JSX.Element | null {
  if (history.value.length === 0) return null;
  return (
    <details class="history">
      <summary>History ({history.value.length})</summary>
      <Entries items={history.value} onChoose={onChoose} />
      <button type="button" class="button" onClick={clearHistory}>
        Forget all
      </button>
    </details>
  );
}
