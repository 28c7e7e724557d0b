import type { JSX } from 'preact';
import { formatDateTime } from '../../format';
import { autoStepSeconds, printDuration } from '../../promql/step';
import { LeftIcon, RightIcon } from '../../ui/icons';
import { changeState, defaultRangeSeconds, queryState } from './query_state';

const ranges = [300, 900, 3600, 21_600, 86_400, 604_800];
const steps = [1, 5, 15, 60, 300, 3600];

/** The value itself is a choice as well, when it came from a link or from zooming. */
function choices(usual: readonly number[], current: number | undefined): number[] {
  return [...new Set(current === undefined ? usual : [...usual, current])].sort((a, b) => a - b);
}

function shift(direction: -1 | 1): void {
  const { endMs, rangeSeconds } = queryState.peek();
  const end = (endMs ?? Date.now()) + (direction * rangeSeconds * 1000) / 2;
  changeState({ endMs: end >= Date.now() ? undefined : Math.round(end / 1000) * 1000 });
}

interface ChoiceProps {
  label: string;
  options: readonly number[];
  value: number | undefined;
  /** What having no value means; absent where there always is one. */
  automatic?: string;
  onChange: (seconds: number | undefined) => void;
}

function DurationChoice({ label, options, value, automatic, onChange }: ChoiceProps): JSX.Element {
  return (
    <label>
      {label}
      <select
        value={value ?? ''}
        onChange={event => {
          onChange(Number(event.currentTarget.value) || undefined);
        }}
      >
        {automatic !== undefined && <option value="">{automatic}</option>}
        {choices(options, value).map(seconds => (
          <option key={seconds} value={seconds}>
            {printDuration(seconds)}
          </option>
        ))}
      </select>
    </label>
  );
}

function TimeWalk({ endMs }: { endMs: number | undefined }): JSX.Element {
  return (
    <div class="time-walk" role="group" aria-label="Place in time">
      <button
        type="button"
        class="button icon-button"
        aria-label="Half a range back"
        onClick={() => {
          shift(-1);
        }}
      >
        <LeftIcon />
      </button>
      <span class="time-walk-end">
        {endMs === undefined ? 'until now' : `until ${formatDateTime(endMs)}`}
      </span>
      <button
        type="button"
        class="button icon-button"
        aria-label="Half a range forward"
        disabled={endMs === undefined}
        onClick={() => {
          shift(1);
        }}
      >
        <RightIcon />
      </button>
      {endMs !== undefined && (
        <button
          type="button"
          class="button"
          onClick={() => {
            changeState({ endMs: undefined });
          }}
        >
          Now
        </button>
      )}
    </div>
  );
}

/** Range, step and place in time of a graph. */
export function RangeControls(): JSX.Element {
  const { rangeSeconds, stepSeconds, endMs } = queryState.value;
  return (
    <>
      <DurationChoice
        label="Range"
        options={ranges}
        value={rangeSeconds}
        onChange={seconds => {
          changeState({ rangeSeconds: seconds ?? defaultRangeSeconds });
        }}
      />
      <DurationChoice
        label="Step"
        options={steps}
        value={stepSeconds}
        automatic={`auto (${printDuration(autoStepSeconds(rangeSeconds))})`}
        onChange={seconds => {
          changeState({ stepSeconds: seconds });
        }}
      />
      <TimeWalk endMs={endMs} />
    </>
  );
}
