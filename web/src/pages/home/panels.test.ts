import { describe, expect, test } from 'vitest';
import type { Labels, Value } from '../../api/live';
import { SeriesStore } from '../../live/series_store';
import { filesystemMeters } from './filesystems';
import { hostMatchers } from './hosts';
import { panels } from './panels';

function store(series: [Labels, Value[]][]): SeriesStore {
  const result = new SeriesStore(1e9);
  const v = series.map(([, values]) => values);
  result.applyHistory({
    type: 'history',
    id: 'x',
    start_ms: 1000,
    step_ms: 1000,
    token: undefined,
    truncated: false,
    new: series.map(([labels]) => labels),
    v,
  });
  return result;
}

function build(id: string, series: [Labels, Value[]][]) {
  const panel = panels.find(one => one.id === id);
  if (panel === undefined) throw new Error(`no panel ${id}`);
  return panel.build(store(series));
}

describe('panels', () => {
  test('each asks for the chosen host', () => {
    for (const panel of panels) {
      expect(panel.query({ host: 'job="j",instance="i"', rateWindow: '5s' })).toContain(
        'job="j",instance="i"',
      );
    }
    expect(new Set(panels.map(panel => panel.id)).size).toBe(panels.length);
  });

  test('CPU modes keep their order and colour whatever the order of arrival', () => {
    const series = build('cpu', [
      [{ mode: 'xyz' }, [1]],
      [{ mode: 'system' }, [2]],
      [{ mode: 'user' }, [3]],
    ]);
    expect(series.map(({ label, color }) => [label, color])).toEqual([
      ['user', 0],
      ['system', 3],
      ['xyz', 7],
    ]);
  });

  test('memory adds up to the total', () => {
    const metric = (name: string, values: Value[]): [Labels, Value[]] => [
      { __name__: `node_memory_${name}_bytes` },
      values,
    ];
    const series = build('memory', [
      metric('MemTotal', [100, null]),
      metric('MemFree', [20, 20]),
      metric('Cached', [30, 30]),
      metric('Buffers', [5, 5]),
      metric('SReclaimable', [5, 5]),
    ]);
    expect(series.map(({ key, values }) => [key, values])).toEqual([
      ['used', [40, null]],
      ['cached', [40, null]],
      ['free', [20, 20]],
    ]);
  });

  test('memory without its total is not drawn', () => {
    expect(build('memory', [[{ __name__: 'node_memory_MemFree_bytes' }, [1]]])).toEqual([]);
  });

  test('writes are drawn below reads', () => {
    const series = build('disk', [
      [{ part: 'written' }, [2]],
      [{ part: 'read' }, [1]],
    ]);
    expect(series.map(({ key, below }) => [key, below])).toEqual([
      ['read', false],
      ['written', true],
    ]);
  });
});

describe('file systems', () => {
  const pair = (
    device: string,
    mountpoint: string,
    fstype: string,
    size: number,
    avail: number,
  ): [Labels, Value[]][] => [
    [{ __name__: 'node_filesystem_size_bytes', device, mountpoint, fstype }, [size]],
    [{ __name__: 'node_filesystem_avail_bytes', device, mountpoint, fstype }, [avail]],
  ];

  test('counts a device once, at its shortest path, and leaves memory out', () => {
    const meters = filesystemMeters(
      store([
        ...pair('/dev/a', '/mnt/bind', 'ext4', 1000, 250),
        ...pair('/dev/a', '/', 'ext4', 1000, 250),
        ...pair('tmpfs', '/run', 'tmpfs', 10, 10),
        ...pair('/dev/b', '/empty', 'ext4', 0, 0),
      ]),
    );
    expect(meters.map(({ label, share }) => [label, share])).toEqual([['/', 0.75]]);
  });
});

test('host names are quoted', () => {
  expect(hostMatchers('a"b')).toBe('job="weir-host",instance="a\\"b"');
  expect(hostMatchers(undefined)).toBe('job="weir-host"');
});
