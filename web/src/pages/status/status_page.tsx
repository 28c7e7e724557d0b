import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import type { Partition, Status, Upstream } from '../../api/status';
import { StatusPoller } from '../../api/status_poller';
import { format, formatClock, formatDateTime, formatDuration, formatInteger } from '../../format';
import { StatusTable, type Column } from './status_table';

const durabilityMeaning: Readonly<Record<string, string>> = {
  fsync: 'acknowledged writes are on the disk',
  replicated: 'acknowledged writes are on several brokers',
  page_cache: 'acknowledged writes survive a crash of Weir, not of the machine',
};

export default function StatusPage(): JSX.Element {
  const poller = useMemo(() => new StatusPoller(), []);
  useEffect(() => poller.start(), []);
  const latest = poller.latest.value;
  const error = poller.error.value;
  return (
    <>
      <div class="toolbar">
        <h1>Status</h1>
        {latest !== undefined && <Readiness status={latest.status} />}
        <span class="spacer" />
        {latest !== undefined && <span class="muted">as of {formatClock(latest.atMs)}</span>}
      </div>
      {error !== undefined && (
        <p class="card banner bad" role="alert">
          {error}.{' '}
          {latest === undefined ? 'It is asked again each two seconds.' : 'What follows is the last answer.'}
        </p>
      )}
      {latest !== undefined && <Details status={latest.status} rate={poller.ingestRates.value.at(-1)} />}
    </>
  );
}

function Readiness({ status }: { status: Status }): JSX.Element {
  return (
    <span class={`pill ${status.ready ? 'pill-good' : 'pill-warn'}`} role="status">
      {status.ready ? 'Ready' : 'Not ready'}
    </span>
  );
}

function Section({ title, children }: { title: string; children: ComponentChildren }): JSX.Element {
  return (
    <section class="card status-card">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

type FactRow = readonly [name: string, value: string | number, note?: string];

function Facts({ rows }: { rows: readonly FactRow[] }): JSX.Element {
  return (
    <dl class="facts">
      {rows.map(([name, value, note]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            {typeof value === 'number' ? formatInteger(value) : value}
            {note !== undefined && <div class="muted">{note}</div>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function storeFacts({ store }: Status): FactRow[] {
  const perSample = (bytes: number, samples: number) =>
    samples === 0 ? undefined : `${(bytes / samples).toFixed(2)} bytes a sample`;
  const row = (name: string, value: string, note: string | undefined): FactRow =>
    note === undefined ? [name, value] : [name, value, note];
  return [
    ['Active series', store.active_series],
    ['Samples in memory', store.head_samples],
    row(
      'Memory of samples',
      format(store.head_bytes, 'bytes'),
      perSample(store.head_bytes, store.head_samples),
    ),
    ['Blocks', store.blocks],
    ['Samples in blocks', store.block_samples],
    row(
      'Size of blocks',
      format(store.block_bytes, 'bytes'),
      perSample(store.block_bytes, store.block_samples),
    ),
    ...(store.maxt_ms > store.mint_ms
      ? ([
          ['Oldest sample', formatDateTime(store.mint_ms)],
          ['Newest sample', formatDateTime(store.maxt_ms)],
        ] as const)
      : []),
  ];
}

function processFacts(status: Status): FactRow[] {
  const engines = Object.entries(status.engines).map(([seam, engine]) => `${seam} ${engine}`);
  return [
    ['Version', status.version, `commit ${status.commit}`],
    ['Up for', formatDuration(status.uptime_s)],
    ['Roles', status.roles.join(', ')],
    ['Engines', engines.join(', ')],
    ['Durability', status.durability.replace('_', ' '), durabilityMeaning[status.durability] ?? ''],
    ['Host collector', status.collector ? 'on' : 'off'],
  ];
}

function ingestFacts({ ingest, live }: Status, rate: number | undefined): FactRow[] {
  return [
    ['Samples accepted', ingest.samples_total],
    ['Samples rejected', ingest.rejected_total],
    ['Samples a second', format(rate, 'per_s')],
    ['Live connections', live.connections],
    ['Live subscriptions', live.subscriptions],
  ];
}

const partitionColumns: readonly Column<Partition>[] = [
  { title: 'Partition', value: row => row.partition },
  { title: 'Begin', value: row => row.begin },
  { title: 'End', value: row => row.end },
  { title: 'Applied', value: row => row.applied },
  { title: 'Lag', value: row => row.lag, warns: row => row.lag > 0 },
  { title: 'Refused', value: row => row.refused },
];

const upstreamColumns: readonly Column<Upstream>[] = [
  { title: 'For', value: row => row.surface, text: true },
  { title: 'Process', value: row => row.name, text: true },
  {
    title: 'State',
    value: row => row.state,
    text: true,
    warns: row => row.state !== 'serving',
    note: row => row.reason,
  },
  { title: 'In flight', value: row => row.in_flight },
  { title: 'Requests', value: row => row.requests_total },
  { title: 'Errors', value: row => row.errors_total },
];

/** Only the parts that the process has, by its roles. */
function Details({ status, rate }: { status: Status; rate: number | undefined }): JSX.Element {
  const { breakers, ingest, live, log, store, upstreams } = status;
  return (
    <div class="status-grid">
      <Section title="Process">
        <Facts rows={processFacts(status)} />
      </Section>
      {store.present && (
        <Section title="Store">
          <Facts rows={storeFacts(status)} />
        </Section>
      )}
      {(ingest.present || live.present) && (
        <Section title="Ingest and live streams">
          <Facts rows={ingestFacts(status, rate)} />
        </Section>
      )}
      {upstreams.length > 0 && (
        <Section title="Upstreams">
          <StatusTable id="upstreams" label="Upstreams" columns={upstreamColumns} rows={upstreams} />
        </Section>
      )}
      {log.present && (
        <Section title="Log">
          <p>
            <span class={`pill ${log.writable ? 'pill-good' : 'pill-bad'}`}>
              {log.writable ? 'Accepts writes' : 'Refuses writes'}
            </span>{' '}
            {log.reason}
          </p>
          <StatusTable id="partitions" label="Partitions" columns={partitionColumns} rows={log.partitions} />
        </Section>
      )}
      {breakers.length > 0 && (
        <Section title="Circuit breakers">
          <Facts rows={breakers.map(({ name = '?', state = '?' }) => [name, state])} />
        </Section>
      )}
    </div>
  );
}
