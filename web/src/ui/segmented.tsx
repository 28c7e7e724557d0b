import type { JSX } from 'preact';

export interface SegmentedProps {
  label: string;
  options: readonly string[];
  value: string;
  onChange: (value: string) => void;
}

/** A choice of one among few, all in sight. */
export function Segmented({ label, options, value, onChange }: SegmentedProps): JSX.Element {
  return (
    <div class="segmented" role="group" aria-label={label}>
      {options.map(option => (
        <button
          key={option}
          type="button"
          aria-pressed={option === value}
          onClick={() => {
            onChange(option);
          }}
        >
          {option}
        </button>
      ))}
    </div>
  );
}
