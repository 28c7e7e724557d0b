import type { Labels, Value } from '../../api/live';
import type { PlotData, PlotKind, PlotSeries } from '../../charts/plot_data';
import type { Unit } from '../../format';
import type { SeriesStore } from '../../live/series_store';

/** Which host is looked at, and over what span a rate is taken. */
export interface Scope {
  /** Matchers without braces: `job="weir-host"`. */
  host: string;
  /** `5s` */
  rateWindow: string;
}

/** One chart of the dashboard: a live query and how its series are drawn. */
export interface Panel {
  id: string;
  title: string;
  /** What is measured, for the heading: `% of all cores`. */
  note: string;
  unit: Unit;
  kind: PlotKind;
  wide?: boolean;
  yMin?: number;
  yMax?: number;
  query: (scope: Scope) => string;
  build: (store: SeriesStore) => PlotSeries[];
}

/** Name, label and colour of a series that a panel knows. */
type Known = readonly [value: string, label: string, color: number];

const virtualDisks = 'device!~"(loop|ram|zram|dm-|md|sr|fd).*"';
const virtualNetworks = 'device!~"lo|(veth|docker|br-|virbr|cni|flannel|cali|tun|tap|dummy).*"';

/** Joins expressions into one answer whose label `part` tells them apart; only one subscription, so their times are the same. */
function parts(expressions: Readonly<Record<string, string>>): string {
  return Object.entries(expressions)
    .map(([part, expression]) => `label_replace(${expression}, "part", "${part}", "job", ".*")`)
    .join(' or ');
}

function unknownLast(known: readonly Known[], value: string): number {
  const index = known.findIndex(([name]) => name === value);
  return index < 0 ? known.length : index;
}

/** Draws the series in the order of `known` by the value of one label; values that are not known follow. */
function byLabel(label: string, known: readonly Known[]): (store: SeriesStore) => PlotSeries[] {
  return store =>
    store.labels
      .map((labels: Labels, index): PlotSeries & { order: number } => {
        const value = labels[label] ?? '';
        const order = unknownLast(known, value);
        const [, name, color] = known[order] ?? [value, value, order];
        return { key: value, label: name, color, order, values: store.columns[index] ?? [] };
      })
      .sort((a, b) => a.order - b.order || (a.key < b.key ? -1 : 1));
}

/** Two parts, the second below zero. */
function mirrored(above: Known, below: Known): (store: SeriesStore) => PlotSeries[] {
  return store =>
    byLabel('part', [above, below])(store).map(series => ({ ...series, below: series.key === below[0] }));
}

function column(store: SeriesStore, metric: string): Value[] | undefined {
  const index = store.labels.findIndex(labels => labels.__name__ === metric);
  return index < 0 ? undefined : store.columns[index];
}

/** Used is what is neither free nor a cache that the kernel gives back. */
function buildMemory(store: SeriesStore): PlotSeries[] {
  const total = column(store, 'node_memory_MemTotal_bytes');
  const free = column(store, 'node_memory_MemFree_bytes');
  if (total === undefined || free === undefined) return [];
  const caches = ['Cached', 'Buffers', 'SReclaimable'].map(name =>
    column(store, `node_memory_${name}_bytes`),
  );
  const cached = total.map((_, row) => caches.reduce((sum, values) => sum + (values?.[row] ?? 0), 0));
  const used = total.map((all, row) => {
    const unused = free[row] ?? null;
    return all === null || unused === null ? null : Math.max(0, all - unused - (cached[row] ?? 0));
  });
  const known = (values: Value[]) => values.map((value, row) => (used[row] === null ? null : value));
  return [
    { key: 'used', label: 'used', color: 0, values: used },
    { key: 'cached', label: 'cached', color: 1, values: known(cached) },
    { key: 'free', label: 'free', color: 7, values: free },
  ];
}

const cpuModes: readonly Known[] = [
  ['user', 'user', 0],
  ['system', 'system', 3],
  ['iowait', 'iowait', 2],
  ['nice', 'nice', 5],
  ['irq', 'irq', 4],
  ['softirq', 'softirq', 6],
  ['steal', 'steal', 8],
];

const systemPanels: readonly Panel[] = [
  {
    id: 'cpu',
    title: 'CPU',
    note: 'share of all cores',
    unit: 'percent',
    kind: 'stacked',
    wide: true,
    yMin: 10,
    yMax: 100,
    query: ({ host, rateWindow }) =>
      `100 * avg by (mode) (rate(node_cpu_seconds_total{${host},mode!="idle"}[${rateWindow}]))`,
    build: byLabel('mode', cpuModes),
  },
  {
    id: 'load',
    title: 'Load',
    note: 'runnable tasks, average',
    unit: 'none',
    kind: 'line',
    yMin: 1,
    query: ({ host }) => `{__name__=~"node_load(1|5|15)",${host}}`,
    build: byLabel('__name__', [
      ['node_load1', '1 min', 0],
      ['node_load5', '5 min', 2],
      ['node_load15', '15 min', 4],
    ]),
  },
  {
    id: 'memory',
    title: 'Memory',
    note: 'physical',
    unit: 'bytes',
    kind: 'stacked',
    query: ({ host }) =>
      `{__name__=~"node_memory_(MemTotal|MemFree|Cached|Buffers|SReclaimable)_bytes",${host}}`,
    build: buildMemory,
  },
  {
    id: 'pressure',
    title: 'Pressure',
    note: 'time in which some task waited',
    unit: 'percent',
    kind: 'line',
    yMin: 1,
    yMax: 100,
    query: ({ host, rateWindow }) => {
      const waiting = (what: string) =>
        `100 * rate(node_pressure_${what}_waiting_seconds_total{${host}}[${rateWindow}])`;
      return parts({ cpu: waiting('cpu'), memory: waiting('memory'), io: waiting('io') });
    },
    build: byLabel('part', [
      ['cpu', 'CPU', 0],
      ['memory', 'memory', 4],
      ['io', 'I/O', 2],
    ]),
  },
  {
    id: 'processes',
    title: 'Processes',
    note: 'now running, and blocked on I/O',
    unit: 'none',
    kind: 'line',
    yMin: 4,
    query: ({ host }) => `{__name__=~"node_procs_(running|blocked)",${host}}`,
    build: byLabel('__name__', [
      ['node_procs_running', 'running', 5],
      ['node_procs_blocked', 'blocked', 3],
    ]),
  },
];

const trafficPanels: readonly Panel[] = [
  {
    id: 'switches',
    title: 'Context switches',
    note: 'and interrupts, all cores',
    unit: 'per_s',
    kind: 'line',
    yMin: 100,
    query: ({ host, rateWindow }) =>
      parts({
        switches: `rate(node_context_switches_total{${host}}[${rateWindow}])`,
        interrupts: `rate(node_intr_total{${host}}[${rateWindow}])`,
      }),
    build: byLabel('part', [
      ['switches', 'switches', 0],
      ['interrupts', 'interrupts', 6],
    ]),
  },
  {
    id: 'disk',
    title: 'Disk throughput',
    note: 'all disks',
    unit: 'bytes_per_s',
    kind: 'mirrored',
    yMin: 1024,
    query: ({ host, rateWindow }) => {
      const bytes = (what: string) =>
        `sum(rate(node_disk_${what}_bytes_total{${host},${virtualDisks}}[${rateWindow}]))`;
      return parts({ read: bytes('read'), written: bytes('written') });
    },
    build: mirrored(['read', 'read', 1], ['written', 'written', 2]),
  },
  {
    id: 'io',
    title: 'Disk operations',
    note: 'all disks',
    unit: 'per_s',
    kind: 'mirrored',
    yMin: 1,
    query: ({ host, rateWindow }) => {
      const count = (what: string) =>
        `sum(rate(node_disk_${what}_completed_total{${host},${virtualDisks}}[${rateWindow}]))`;
      return parts({ reads: count('reads'), writes: count('writes') });
    },
    build: mirrored(['reads', 'reads', 1], ['writes', 'writes', 2]),
  },
  {
    id: 'network',
    title: 'Network traffic',
    note: 'all interfaces but virtual ones',
    unit: 'bytes_per_s',
    kind: 'mirrored',
    yMin: 1024,
    query: ({ host, rateWindow }) => {
      const bytes = (what: string) =>
        `sum(rate(node_network_${what}_bytes_total{${host},${virtualNetworks}}[${rateWindow}]))`;
      return parts({ in: bytes('receive'), out: bytes('transmit') });
    },
    build: mirrored(['in', 'in', 5], ['out', 'out', 4]),
  },
  {
    id: 'tcp',
    title: 'TCP connections',
    note: 'established, and closing',
    unit: 'none',
    kind: 'line',
    yMin: 10,
    query: ({ host }) => `{__name__=~"node_netstat_Tcp_CurrEstab|node_sockstat_TCP_tw",${host}}`,
    build: byLabel('__name__', [
      ['node_netstat_Tcp_CurrEstab', 'established', 9],
      ['node_sockstat_TCP_tw', 'time wait', 2],
    ]),
  },
];

export const panels: readonly Panel[] = [...systemPanels, ...trafficPanels];

/** Size and free space of the file systems; shown as bars, of the newest values. */
export function filesystemQuery({ host }: Scope): string {
  return `{__name__=~"node_filesystem_(size|avail)_bytes",${host}}`;
}

export const emptyPlot: PlotData = { times: [], series: [] };
