import type { JSX } from 'preact';
import type { StatusPoller } from '../../api/status_poller';
import { Sparkline } from '../../charts/sparkline';
import { format, formatDuration, formatInteger, formatParts, type Formatted } from '../../format';

interface TileProps {
  label: string;
  value: Formatted;
  detail: string;
  children?: JSX.Element;
}

function Tile({ label, value, detail, children }: TileProps): JSX.Element {
  return (
    <div class="card tile">
      <dt>{label}</dt>
      <dd>
        <div>
          <span class="tile-number">{value.number}</span> <span class="tile-unit">{value.unit}</span>
          <div class="tile-detail muted">{detail}</div>
        </div>
        {children}
      </dd>
    </div>
  );
}

/** What Weir itself does, from its status. */
export function Tiles({ poller }: { poller: StatusPoller }): JSX.Element {
  const status = poller.latest.value?.status;
  const rates = poller.ingestRates.value;
  const store = status?.store;
  const partitions = status?.log.partitions ?? [];
  const lag = partitions.reduce((sum, { lag: behind }) => sum + behind, 0);
  return (
    <dl class="tiles" aria-label="Weir now">
      <Tile
        label="Samples taken in"
        value={formatParts(rates.at(-1), 'per_s')}
        detail={status === undefined ? '' : `${format(status.ingest.samples_total, 'none')} since start`}
      >
        <Sparkline values={rates} points={60} />
      </Tile>
      <Tile
        label="Active series"
        value={{ number: store === undefined ? '–' : formatInteger(store.active_series), unit: '' }}
        detail={store === undefined ? '' : `${format(store.head_samples, 'none')} samples in memory`}
      />
      <Tile
        label="On disk"
        value={formatParts(store?.block_bytes, 'bytes')}
        detail={
          store === undefined ? '' : describeBlocks(store.blocks, store.block_bytes, store.block_samples)
        }
      />
      <Tile
        label="Behind the log"
        value={{ number: status === undefined ? '–' : formatInteger(lag), unit: 'records' }}
        detail={status === undefined ? '' : `acknowledged by ${status.durability.replace('_', ' ')}`}
      />
      <Tile
        label="Up for"
        value={{ number: status === undefined ? '–' : formatDuration(status.uptime_s), unit: '' }}
        detail={status === undefined ? '' : `Weir ${status.version}`}
      />
    </dl>
  );
}

function describeBlocks(blocks: number, bytes: number, samples: number): string {
  const count = `${formatInteger(blocks)} ${blocks === 1 ? 'block' : 'blocks'}`;
  return samples === 0 ? count : `${count}, ${(bytes / samples).toFixed(2)} bytes a sample`;
}
