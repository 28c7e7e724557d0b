import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import { StatusPoller } from '../../api/status_poller';
import { Meters } from '../../charts/meters';
import { address, navigate, withParameters } from '../../router';
import { PauseIcon, PlayIcon } from '../../ui/icons';
import { Segmented } from '../../ui/segmented';
import { ChartCard, noData } from './chart_card';
import { ConnectionPill } from './connection_pill';
import { DashboardModel, defaultWindow, timeWindows, type TimeWindow } from './dashboard_model';
import { EmptyState } from './empty_state';
import { filesystemMeters } from './filesystems';
import { hostMatchers, recentHosts } from './hosts';
import { panels } from './panels';
import { Tiles } from './tiles';

function windowOf(name: string | null): TimeWindow {
  return timeWindows.find(window => window.name === name) ?? defaultWindow;
}

export default function HomePage(): JSX.Element {
  const model = useMemo(() => new DashboardModel(), []);
  const poller = useMemo(() => new StatusPoller(), []);
  const hosts = useSignal<string[]>([]);
  const window = useComputed(() => windowOf(address.value.searchParams.get('window')));
  const host = useComputed(
    () => address.value.searchParams.get('host') ?? (hosts.value.length > 1 ? hosts.value[0] : undefined),
  );
  useEffect(() => {
    const stopPolling = poller.start();
    const request = new AbortController();
    void recentHosts(request.signal).then(found => {
      hosts.value = found;
    });
    model.start();
    return () => {
      stopPolling();
      request.abort();
      model.stop();
    };
  }, []);
  useSignalEffect(() => {
    model.subscribe(hostMatchers(host.value), window.value);
  });
  return (
    <>
      <div class="toolbar">
        <h1>{host.value ?? hosts.value[0] ?? 'This host'}</h1>
        <ConnectionPill model={model} />
        <span class="spacer" />
        {hosts.value.length > 1 && <HostChoice hosts={hosts.value} host={host.value} />}
        <Segmented
          label="Time window"
          options={timeWindows.map(({ name }) => name)}
          value={window.value.name}
          onChange={name => {
            navigate(withParameters({ window: name }), { replace: true });
          }}
        />
        <PauseButton model={model} />
      </div>
      <Tiles poller={poller} />
      {model.empty.value ? (
        <EmptyState collector={poller.latest.value?.status.collector} />
      ) : (
        <div class="grid">
          {panels.map(panel => (
            <ChartCard key={panel.id} panel={panel} model={model} />
          ))}
          <Filesystems model={model} />
        </div>
      )}
    </>
  );
}

function HostChoice({ hosts, host }: { hosts: string[]; host: string | undefined }): JSX.Element {
  return (
    <select
      aria-label="Host"
      value={host}
      onChange={event => {
        navigate(withParameters({ host: event.currentTarget.value }), { replace: true });
      }}
    >
      {hosts.map(name => (
        <option key={name}>{name}</option>
      ))}
    </select>
  );
}

function PauseButton({ model }: { model: DashboardModel }): JSX.Element {
  const paused = model.paused.value;
  return (
    <button
      type="button"
      class={paused ? 'button active' : 'button'}
      aria-label={paused ? 'Resume' : 'Pause'}
      onClick={() => {
        if (paused) model.resume();
        else model.pause();
      }}
    >
      {paused ? <PlayIcon /> : <PauseIcon />} <span class="button-text">{paused ? 'Resume' : 'Pause'}</span>
    </button>
  );
}

function Filesystems({ model }: { model: DashboardModel }): JSX.Element {
  const meters = useComputed(() =>
    model.drawn.value === 0 ? [] : filesystemMeters(model.filesystems.store),
  );
  const error = model.filesystems.error.value;
  return (
    <section class="card chart-card" id="panel-filesystems">
      <header class="card-header">
        <h2>File systems</h2>
        <span class="muted">space in use</span>
      </header>
      {meters.value.length > 0 && <Meters meters={meters.value} label="File systems" />}
      {meters.value.length === 0 && <p class="card-note muted">{error ?? noData(model)}</p>}
    </section>
  );
}
