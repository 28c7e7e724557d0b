import type { JSX } from 'preact';
import { isGateway, totals, type Status } from '../../api/status';
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

/** What Weir itself does, from the status of the process that is asked. */
export function Tiles({ poller }: { poller: StatusPoller }): JSX.Element {
  const status = poller.latest.value?.status;
  return status !== undefined && isGateway(status) ? (
    <GatewayTiles status={status} rates={poller.requestRates.value} />
  ) : (
    <StorageTiles status={status} rates={poller.ingestRates.value} />
  );
}

interface TilesProps<S> {
  status: S;
  rates: readonly number[];
}

function GatewayTiles({ status, rates }: TilesProps<Status>): JSX.Element {
  const { serving, inFlight, requests, errors, retries } = totals(status.upstreams);
  return (
    <dl class="tiles" aria-label="This gateway now">
      <Tile
        label="Requests passed on"
        value={formatParts(rates.at(-1), 'per_s')}
        detail={`${format(requests, 'none')} since start`}
      >
        <Sparkline values={rates} points={60} />
      </Tile>
      <Tile
        label="Upstreams serving"
        value={{ number: formatInteger(serving), unit: `of ${formatInteger(status.upstreams.length)}` }}
        detail="for writes and for reads"
      />
      <Tile
        label="In flight"
        value={{ number: formatInteger(inFlight), unit: 'requests' }}
        detail="live streams not counted"
      />
      <Tile
        label="Failed upstream"
        value={{ number: formatInteger(errors), unit: 'requests' }}
        detail={`${formatInteger(retries)} asked again elsewhere`}
      />
      <UpTile status={status} />
    </dl>
  );
}

function StorageTiles({ status, rates }: TilesProps<Status | undefined>): JSX.Element {
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
      <UpTile status={status} />
    </dl>
  );
}

function UpTile({ status }: { status: Status | undefined }): JSX.Element {
  return (
    <Tile
      label="Up for"
      value={{ number: status === undefined ? '–' : formatDuration(status.uptime_s), unit: '' }}
      detail={status === undefined ? '' : `Weir ${status.version}`}
    />
  );
}

function describeBlocks(blocks: number, bytes: number, samples: number): string {
  const count = `${formatInteger(blocks)} ${blocks === 1 ? 'block' : 'blocks'}`;
  return samples === 0 ? count : `${count}, ${(bytes / samples).toFixed(2)} bytes a sample`;
}
