import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import type { Partition, Status } from '../api/status';
import { StatusPoller } from '../api/status_poller';
import { format, formatClock, formatDateTime, formatDuration, formatInteger } from '../format';

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

function Details({ status, rate }: { status: Status; rate: number | undefined }): JSX.Element {
  return (
    <div class="status-grid">
      <Section title="Process">
        <Facts
          rows={[
            ['Version', status.version, `commit ${status.commit}`],
            ['Up for', formatDuration(status.uptime_s)],
            ['Roles', status.roles.join(', ')],
            ['Durability', status.durability.replace('_', ' '), durabilityMeaning[status.durability] ?? ''],
            ['Host collector', status.collector ? 'on' : 'off'],
          ]}
        />
      </Section>
      <Section title="Store">
        <Facts rows={storeFacts(status)} />
      </Section>
      <Section title="Ingest and live streams">
        <Facts
          rows={[
            ['Samples accepted', status.ingest.samples_total],
            ['Samples rejected', status.ingest.rejected_total],
            ['Samples a second', format(rate, 'per_s')],
            ['Live connections', status.live.connections],
            ['Live subscriptions', status.live.subscriptions],
          ]}
        />
        <Breakers breakers={status.breakers} />
      </Section>
      <Section title="Log">
        <p>
          <span class={`pill ${status.log.writable ? 'pill-good' : 'pill-bad'}`}>
            {status.log.writable ? 'Accepts writes' : 'Refuses writes'}
          </span>{' '}
          {status.log.reason}
        </p>
        <Partitions partitions={status.log.partitions} />
      </Section>
    </div>
  );
}

function Breakers({ breakers }: { breakers: Status['breakers'] }): JSX.Element | null {
  if (breakers.length === 0) return null;
  return <Facts rows={breakers.map(({ name = '?', state = '?' }) => [name, state])} />;
}

const columns: readonly (readonly [title: string, key: keyof Partition])[] = [
  ['Partition', 'partition'],
  ['Begin', 'begin'],
  ['End', 'end'],
  ['Applied', 'applied'],
  ['Lag', 'lag'],
  ['Refused', 'refused'],
];

function Partitions({ partitions }: { partitions: readonly Partition[] }): JSX.Element {
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label="Partitions">
      <table id="partitions">
        <thead>
          <tr>
            {columns.map(([title]) => (
              <th key={title} scope="col" class="number">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {partitions.map(row => (
            <tr key={row.partition}>
              {columns.map(([title, key]) => (
                <td key={title} class={key === 'lag' && row.lag > 0 ? 'number warn' : 'number'}>
                  {formatInteger(row[key])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
