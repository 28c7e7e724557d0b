import type { JSX } from 'preact';

export interface Meter {
  key: string;
  label: string;
  /** 0 to 1. */
  share: number;
  detail: string;
}

/** Shares of something limited, as bars. Nearly full is coloured, and said in the number beside it. */
export function Meters({ meters, label }: { meters: readonly Meter[]; label: string }): JSX.Element {
  return (
    <ul class="meters" aria-label={label}>
      {meters.map(({ key, label: name, share, detail }) => {
        const percent = Math.round(share * 100);
        const level = share >= 0.95 ? 'bad' : share >= 0.85 ? 'warn' : 'good';
        return (
          <li key={key}>
            <div class="meter-text">
              <span class="meter-label" title={name}>
                {name}
              </span>
              <span class="muted">{detail}</span>
              <b>{percent}%</b>
            </div>
            <div
              class={`meter meter-${level}`}
              role="meter"
              aria-label={name}
              aria-valuemin={0}
              aria-valuemax={100}
              aria-valuenow={percent}
            >
              <span style={{ width: `${percent}%` }} />
            </div>
          </li>
        );
      })}
    </ul>
  );
}
