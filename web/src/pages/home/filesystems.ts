import type { Meter } from '../../charts/meters';
import { format } from '../../format';
import type { SeriesStore } from '../../live/series_store';

const pseudoTypes = new Set([
  'tmpfs',
  'devtmpfs',
  'ramfs',
  'squashfs',
  'iso9660',
  'proc',
  'sysfs',
  'efivarfs',
]);

interface Filesystem {
  device: string;
  mountpoint: string;
  fstype: string;
  size: number;
  avail: number;
}

function collect(store: SeriesStore): Filesystem[] {
  const found = new Map<string, Filesystem>();
  store.labels.forEach((labels, index) => {
    const { __name__: name = '', device = '', mountpoint = '', fstype = '' } = labels;
    const value = store.columns[index]?.at(-1) ?? null;
    if (value === null) return;
    const key = `${device}\n${mountpoint}`;
    const entry = found.get(key) ?? { device, mountpoint, fstype, size: 0, avail: 0 };
    if (name.includes('_size_')) entry.size = value;
    else entry.avail = value;
    found.set(key, entry);
  });
  return [...found.values()];
}

/** One bar for each file system that holds data: a device mounted twice counts once, at its shortest path. */
export function filesystemMeters(store: SeriesStore): Meter[] {
  const devices = new Set<string>();
  return collect(store)
    .filter(({ size, fstype, mountpoint }) => size > 0 && (mountpoint === '/' || !pseudoTypes.has(fstype)))
    .sort((a, b) => a.mountpoint.length - b.mountpoint.length)
    .filter(({ device }) => devices.size < devices.add(device).size)
    .map(({ mountpoint, size, avail }) => ({
      key: mountpoint,
      label: mountpoint,
      share: Math.min(1, Math.max(0, 1 - avail / size)),
      detail: `${format(size - avail, 'bytes')} of ${format(size, 'bytes')}`,
    }));
}
