import type { JSX } from 'preact';

/** What to do when no host metrics are there. */
export function EmptyState({ collector }: { collector: boolean | undefined }): JSX.Element {
  const origin = window.location.origin;
  return (
    <section class="card empty-state" id="empty-state">
      <h2>No host metrics yet</h2>
      {collector === false ? (
        <p>
          The host collector is off. Start Weir without <code>--collect=off</code> and this page fills within
          seconds.
        </p>
      ) : (
        <p>
          The host collector is on, but nothing has arrived. A first value appears some seconds after the
          start.
        </p>
      )}
      <p>Any other source works too; its metrics are on the Query page:</p>
      <ul>
        <li>
          Prometheus or Grafana Alloy: <code>remote_write</code> to <code>{origin}/api/v1/write</code>
        </li>
        <li>
          JSON: <code>POST {origin}/api/v1/metrics</code>
        </li>
      </ul>
    </section>
  );
}
