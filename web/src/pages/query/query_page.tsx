import { useComputed, useSignal, useSignalEffect, type ReadonlySignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import { formatInteger, formatMilliseconds, format } from '../../format';
import { locateError } from '../../promql/error_position';
import { printDuration } from '../../promql/step';
import { Segmented } from '../../ui/segmented';
import { RangeControls } from './controls';
import { Editor } from './editor';
import { Graph } from './graph';
import { drawMatrix, type Drawing } from './matrix';
import { QueryModel, type Outcome } from './query_model';
import { changeState, queryState } from './query_state';
import { Examples, History } from './starters';
import { ResultTable, resultCount } from './table';

const tabNames = { graph: 'Graph', table: 'Table' } as const;

export default function QueryPage(): JSX.Element {
  const model = useMemo(() => new QueryModel(), []);
  const text = useSignal(queryState.peek().expr);
  useSignalEffect(() => {
    text.value = queryState.value.expr;
    void model.run(queryState.value);
  });
  useEffect(
    () => () => {
      model.stop();
    },
    [],
  );
  const run = (expr = text.value) => {
    changeState({ expr: expr.trim() });
  };
  const outcome = model.outcome.value;
  const { tab } = queryState.value;
  const error =
    outcome.kind === 'error' && outcome.expr === text.value
      ? locateError(outcome.expr, outcome.message)
      : undefined;
  return (
    <>
      <h1 class="visually-hidden">Query</h1>
      <section class="card query-form">
        <Editor text={text} error={error} onRun={run} />
        <div class="controls">
          <button
            type="button"
            class="button primary"
            title="Ctrl+Enter"
            onClick={() => {
              run();
            }}
          >
            Run
          </button>
          <Segmented
            label="Show as"
            options={Object.values(tabNames)}
            value={tabNames[tab]}
            onChange={name => {
              changeState({ tab: name === tabNames.table ? 'table' : 'graph', expr: text.value.trim() });
            }}
          />
          {tab === 'graph' && <RangeControls />}
          <span class="spacer" />
          <Stats outcome={outcome} running={model.running.value} />
        </div>
        <History onChoose={run} />
      </section>
      {outcome.kind === 'none' && <Examples onChoose={run} />}
      {outcome.kind === 'error' && <QueryError outcome={outcome} />}
      {outcome.kind === 'answer' && <Result outcome={model.outcome} />}
    </>
  );
}

function Stats({ outcome, running }: { outcome: Outcome; running: boolean }): JSX.Element {
  const parts: string[] = [];
  if (outcome.kind === 'answer') {
    const { answer, range, tab } = outcome;
    const { data } = answer;
    parts.push(`${formatInteger(resultCount(data))} series`);
    if (data.resultType === 'matrix') {
      const points = data.result.reduce((sum, { values }) => sum + values.length, 0);
      parts.push(`${formatInteger(points)} points`);
    }
    if (tab === 'graph') parts.push(`step ${printDuration(range.stepMs / 1000)}`);
    parts.push(formatMilliseconds(answer.elapsedMs), format(answer.bytes, 'bytes'));
  }
  return (
    <span class="stats muted" role="status" id="query-stats">
      {running ? 'Running…' : parts.join(' · ')}
    </span>
  );
}

function QueryError({ outcome }: { outcome: Extract<Outcome, { kind: 'error' }> }): JSX.Element {
  const { at, message } = locateError(outcome.expr, outcome.message);
  const lineBegin = at === undefined ? 0 : outcome.expr.lastIndexOf('\n', at.begin - 1) + 1;
  return (
    <section class="card query-error" role="alert" id="query-error">
      <b>{outcome.unreachable ? 'Weir does not answer' : 'The query cannot be answered'}</b>
      {!outcome.unreachable && <p>{message}</p>}
      {at !== undefined && (
        <pre>
          {outcome.expr.slice(lineBegin, at.begin)}
          <mark class="error-mark">{outcome.expr.slice(at.begin, at.end)}</mark>
          {outcome.expr.slice(at.end).split('\n', 1)[0]}
        </pre>
      )}
    </section>
  );
}

const nothing: Drawing = { plot: { times: [], series: [] }, seriesCount: 0, pointCount: 0 };

function Result({ outcome }: { outcome: ReadonlySignal<Outcome> }): JSX.Element | null {
  // The graph is kept from answer to answer, so it takes signals; it is shown only while there is an answer.
  const drawing = useComputed(() => {
    const now = outcome.value;
    return (now.kind === 'answer' ? drawMatrix(now.answer.data, now.range) : undefined) ?? nothing;
  });
  const range = useComputed(() => {
    const now = outcome.value;
    return now.kind === 'answer' ? now.range : { startMs: 0, endMs: 1, stepMs: 1 };
  });
  const now = outcome.value;
  if (now.kind !== 'answer') return null;
  const { answer, expr, tab } = now;
  const asGraph = tab === 'graph' && answer.data.resultType === 'matrix';
  return (
    <section class="card query-result">
      {answer.warnings.map(warning => (
        <p key={warning} class="note">
          {warning}
        </p>
      ))}
      {resultCount(answer.data) === 0 && (
        <p class="card-note muted">No series: nothing matches, or nothing has a value in this time.</p>
      )}
      {resultCount(answer.data) > 0 && asGraph && <Graph expr={expr} drawing={drawing} range={range} />}
      {resultCount(answer.data) > 0 && !asGraph && <ResultTable data={answer.data} />}
    </section>
  );
}
