import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ServerFrame } from '../api/live';
import { LiveConnection, type ConnectionState, type Socket } from './connection';

class FakeSocket implements Socket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  sent: Record<string, unknown>[] = [];
  closed = false;

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }

  close(): void {
    this.closed = true;
  }

  /** Delivers a data frame to the subscription with this id on the wire. */
  frame(id: unknown, token?: string): void {
    this.onmessage?.({ data: JSON.stringify({ type: 'data', id, seq: 1, t: 1, token }) });
  }

  error(id: unknown, code: string): void {
    this.onmessage?.({ data: JSON.stringify({ type: 'error', id, code, message: 'm' }) });
  }
}

let sockets: FakeSocket[];
let states: ConnectionState['kind'][];
let connection: LiveConnection;

function socket(): FakeSocket {
  const last = sockets.at(-1);
  if (last === undefined) throw new Error('no socket was opened');
  return last;
}

function subscribe(id: string, query = 'up', history_ms = 0): { begins: boolean[]; frames: ServerFrame[] } {
  const seen = { begins: [] as boolean[], frames: [] as ServerFrame[] };
  connection.subscribe(
    { id, query, interval_ms: 1000, history_ms },
    { onBegin: resumed => seen.begins.push(resumed), onFrame: frame => seen.frames.push(frame) },
  );
  return seen;
}

beforeEach(() => {
  vi.useFakeTimers();
  sockets = [];
  states = [];
  connection = new LiveConnection({
    openSocket: () => {
      sockets.push(new FakeSocket());
      return socket();
    },
    onState: state => states.push(state.kind),
    silenceMaxMs: 5000,
    random: () => 1,
  });
});

afterEach(() => {
  vi.useRealTimers();
});

describe('LiveConnection', () => {
  test('sends what was subscribed before and after it opened', () => {
    subscribe('a');
    connection.open();
    expect(socket().sent).toEqual([]);
    socket().onopen?.();
    subscribe('b');
    expect(socket().sent.map(({ type, id }) => [type, id])).toEqual([
      ['subscribe', 'a.1'],
      ['subscribe', 'b.2'],
    ]);
    expect(states).toEqual(['connecting', 'live']);
  });

  test('gives a frame to its subscription only', () => {
    const first = subscribe('a');
    const second = subscribe('b');
    connection.open();
    socket().onopen?.();
    socket().frame('b.2');
    expect(first.frames).toHaveLength(0);
    expect(second.frames).toHaveLength(1);
  });

  test('drops frames of a subscription that was replaced', () => {
    connection.open();
    socket().onopen?.();
    const first = subscribe('a', 'old');
    const second = subscribe('a', 'new');
    expect(socket().sent.map(({ type, id }) => [type, id])).toEqual([
      ['subscribe', 'a.1'],
      ['unsubscribe', 'a.1'],
      ['subscribe', 'a.2'],
    ]);
    socket().frame('a.1');
    socket().frame('a.2');
    expect(first.frames).toHaveLength(0);
    expect(second.frames).toHaveLength(1);
  });

  test('comes back with growing delays, and subscribes again', () => {
    const seen = subscribe('a');
    connection.open();
    socket().onopen?.();
    socket().onclose?.();
    expect(states.at(-1)).toBe('waiting');
    vi.advanceTimersByTime(499);
    expect(sockets).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(sockets).toHaveLength(2);
    socket().onclose?.();
    vi.advanceTimersByTime(999);
    expect(sockets).toHaveLength(2);
    vi.advanceTimersByTime(1);
    expect(sockets).toHaveLength(3);
    socket().onopen?.();
    expect(socket().sent).toHaveLength(1);
    expect(seen.begins).toEqual([false, false]);
  });

  describe('resumes', () => {
    function comeBack(afterMs: number): void {
      vi.advanceTimersByTime(afterMs);
      socket().onclose?.();
      vi.advanceTimersByTime(500);
      socket().onopen?.();
    }

    test('from the newest frame', () => {
      const seen = subscribe('a', 'up', 60_000);
      connection.open();
      socket().onopen?.();
      socket().frame('a.1', '7');
      socket().frame('a.1', '8');
      comeBack(1000);
      expect(socket().sent[0]).toMatchObject({ type: 'subscribe', resume: '8', history_ms: 60_000 });
      expect(seen.begins).toEqual([false, true]);
    });

    test('not when a history brings as much, or there is no token', () => {
      const seen = subscribe('a', 'up', 1500);
      subscribe('b', 'up', 60_000);
      connection.open();
      socket().onopen?.();
      socket().frame('a.1', '7');
      socket().frame('b.2');
      comeBack(1000);
      expect(socket().sent.map(frame => 'resume' in frame)).toEqual([false, false]);
      expect(seen.begins).toEqual([false, false]);
    });

    test('with a history when the token is refused', () => {
      const seen = subscribe('a', 'up', 60_000);
      connection.open();
      socket().onopen?.();
      socket().frame('a.1', '7');
      comeBack(1000);
      socket().error('a.1', 'invalid_argument');
      expect(socket().sent.map(frame => 'resume' in frame)).toEqual([true, false]);
      expect(seen.begins).toEqual([false, true, false]);
      socket().error('a.1', 'invalid_argument');
      expect(socket().sent).toHaveLength(2);
      expect(seen.frames.at(-1)?.type).toBe('error');
    });
  });

  test('begins with short delays again once a frame has come', () => {
    subscribe('a');
    connection.open();
    socket().onclose?.();
    vi.advanceTimersByTime(500);
    socket().onopen?.();
    socket().frame('a.1');
    socket().onclose?.();
    vi.advanceTimersByTime(500);
    expect(sockets).toHaveLength(3);
  });

  test('takes silence for a lost connection', () => {
    subscribe('a');
    connection.open();
    socket().onopen?.();
    vi.advanceTimersByTime(4000);
    socket().frame('a.1');
    vi.advanceTimersByTime(4999);
    expect(states.at(-1)).toBe('live');
    vi.advanceTimersByTime(1);
    expect(states.at(-1)).toBe('waiting');
    expect(socket().closed).toBe(true);
  });

  test('open cuts a wait short', () => {
    connection.open();
    socket().onclose?.();
    connection.open();
    expect(sockets).toHaveLength(2);
    vi.advanceTimersByTime(60_000);
    expect(sockets).toHaveLength(2);
  });

  test('stays closed when closed', () => {
    subscribe('a');
    connection.open();
    const old = socket();
    old.onopen?.();
    connection.close();
    expect(old.closed).toBe(true);
    expect(old.onclose).toBeNull();
    vi.advanceTimersByTime(60_000);
    expect(sockets).toHaveLength(1);
    expect(states.at(-1)).toBe('closed');
  });

  test('ignores frames that it cannot read', () => {
    const seen = subscribe('a');
    connection.open();
    socket().onopen?.();
    socket().onmessage?.({ data: '{' });
    socket().onmessage?.({ data: new ArrayBuffer(4) });
    socket().onmessage?.({ data: '{"type":"error","code":"invalid_argument","message":"no id"}' });
    expect(seen.frames).toHaveLength(0);
  });
});
