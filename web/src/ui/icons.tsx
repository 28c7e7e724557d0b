import type { JSX } from 'preact';

function Icon({ path }: { path: string }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={path} />
    </svg>
  );
}

export const PauseIcon = () => <Icon path="M5 3v10M11 3v10" />;
export const PlayIcon = () => <Icon path="M5 3l8 5-8 5z" />;
export const SunIcon = () => (
  <Icon path="M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M3 13l1-1M12 4l1-1" />
);
export const MoonIcon = () => <Icon path="M13 9.5A5.5 5.5 0 0 1 6.5 3 5.5 5.5 0 1 0 13 9.5z" />;
export const SystemIcon = () => <Icon path="M2 3h12v8H2zM6 14h4" />;
export const LeftIcon = () => <Icon path="M10 3L5 8l5 5" />;
export const RightIcon = () => <Icon path="M6 3l5 5-5 5" />;

export function Logo(): JSX.Element {
  return (
    <svg class="logo" viewBox="0 0 24 24" aria-hidden="true">
      <rect width="24" height="24" rx="6" />
      <path d="M4 8.5h7c3 0 3 7 6 7h3M4 12.5h5.5M4 16.5h9" />
    </svg>
  );
}
