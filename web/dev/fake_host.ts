import type { Labels } from '../src/api/live.ts';

/** A series of the made-up machine: its value at any time, so that a past exists from the start. */
export interface FakeSeries {
  labels: Labels;
  /** For a counter this is its rate already; the fake does not evaluate PromQL. */
  at: (ms: number) => number;
}

/** Smooth noise from 0 to 1 that is the same each time it is asked for. */
function noise(seed: number, ms: number, periodMs: number): number {
  const position = ms / periodMs;
  const whole = Math.floor(position);
  const part = position - whole;
  const corner = (index: number) => {
    const x = Math.sin(index * 127.1 + seed * 311.7) * 43_758.5453;
    return x - Math.floor(x);
  };
  const smooth = part * part * (3 - 2 * part);
  return corner(whole) * (1 - smooth) + corner(whole + 1) * smooth;
}

/** Noise of several time scales, with rare high peaks. */
function course(seed: number, low: number, high: number): (ms: number) => number {
  return ms => {
    const level =
      0.5 * noise(seed, ms, 90_000) + 0.3 * noise(seed + 1, ms, 14_000) + 0.2 * noise(seed + 2, ms, 1_900);
    const peak = Math.max(0, noise(seed + 3, ms, 23_000) - 0.8) * 4;
    return low + (high - low) * Math.min(1, level * level + peak * level);
  };
}

const host = { job: 'weir-host', instance: 'river-1' };
const gib = 2 ** 30;

function series(name: string, labels: Labels, at: (ms: number) => number): FakeSeries {
  return { labels: { __name__: name, ...host, ...labels }, at };
}

function cpu(): FakeSeries[] {
  const modes: Record<string, [number, number]> = {
    user: [0.05, 0.5],
    system: [0.02, 0.16],
    iowait: [0, 0.12],
    nice: [0, 0.01],
    irq: [0, 0.004],
    softirq: [0, 0.03],
    steal: [0, 0.02],
  };
  return Object.entries(modes).map(([mode, [low, high]], index) =>
    series('node_cpu_seconds_total', { cpu: '0', mode }, course(index * 10, low, high)),
  );
}

function filesystem(device: string, mountpoint: string, size: number, used: number): FakeSeries[] {
  const labels = { device, mountpoint, fstype: 'ext4' };
  return [
    series('node_filesystem_size_bytes', labels, () => size * gib),
    series('node_filesystem_avail_bytes', labels, () => size * gib * (1 - used)),
  ];
}

function gauges(): FakeSeries[] {
  const cached = course(200, 4 * gib, 5 * gib);
  const used = course(210, 5 * gib, 7 * gib);
  return [
    series('node_load1', {}, course(100, 0.3, 3.5)),
    series('node_load5', {}, course(110, 0.6, 2)),
    series('node_load15', {}, course(120, 0.8, 1.4)),
    series('node_memory_MemTotal_bytes', {}, () => 16 * gib),
    series('node_memory_MemFree_bytes', {}, ms => 16 * gib - cached(ms) - used(ms)),
    series('node_memory_MemAvailable_bytes', {}, ms => 15.5 * gib - used(ms)),
    series('node_memory_Cached_bytes', {}, ms => cached(ms) * 0.9),
    series('node_memory_Buffers_bytes', {}, ms => cached(ms) * 0.1),
    series('node_procs_running', {}, ms => Math.round(course(300, 1, 9)(ms))),
    series('node_procs_blocked', {}, ms => Math.round(course(310, 0, 3)(ms))),
  ];
}

/** Everything that the made-up machine reports. */
export const fakeSeries: readonly FakeSeries[] = [
  ...cpu(),
  ...gauges(),
  ...['cpu', 'memory', 'io'].map((what, index) =>
    series(
      `node_pressure_${what}_waiting_seconds_total`,
      {},
      course(400 + index * 10, 0, 0.12 / (index + 1)),
    ),
  ),
  series('node_disk_read_bytes_total', { device: 'nvme0n1' }, course(500, 0, 30e6)),
  series('node_disk_written_bytes_total', { device: 'nvme0n1' }, course(510, 1e5, 60e6)),
  series('node_disk_reads_completed_total', { device: 'nvme0n1' }, course(520, 0, 900)),
  series('node_disk_writes_completed_total', { device: 'nvme0n1' }, course(530, 5, 1500)),
  series('node_network_receive_bytes_total', { device: 'eth0' }, course(540, 2e4, 9e6)),
  series('node_network_transmit_bytes_total', { device: 'eth0' }, course(550, 1e4, 3e6)),
  series('node_context_switches_total', {}, course(560, 2500, 18_000)),
  series('node_intr_total', {}, course(570, 1800, 9000)),
  series('node_netstat_Tcp_CurrEstab', {}, ms => Math.round(course(580, 18, 60)(ms))),
  series('node_sockstat_TCP_tw', {}, ms => Math.round(course(590, 0, 25)(ms))),
  ...filesystem('/dev/nvme0n1p2', '/', 234, 0.62),
  ...filesystem('/dev/nvme0n1p3', '/home', 690, 0.88),
  ...filesystem('/dev/sda1', '/var/lib/backups', 1863, 0.965),
  ...Array.from({ length: 150 }, (_, index) =>
    series(
      'http_requests_total',
      { handler: `/api/item/${index}`, code: '200' },
      course(1000 + index * 7, 0, 90),
    ),
  ),
];
