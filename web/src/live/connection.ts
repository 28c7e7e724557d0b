import { isRetryable, parseServerFrame, type ServerFrame, type SubscribeRequest } from '../api/live';
import { backoffMs } from './backoff';

export type ConnectionState =
  { kind: 'closed' } | { kind: 'connecting' } | { kind: 'live' } | { kind: 'waiting'; retryAtMs: number };

/** The part of WebSocket that is used, so that tests can stand in for it. */
export interface Socket {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: (() => void) | null;
  send(text: string): void;
  close(): void;
}

/** What a subscription tells its owner. */
export interface Subscriber {
  /**
   * The subscription was sent, first or again: indexes start again with the next frame. `resumed`: the frames go on from the
   * newest one, with what was missed first; otherwise they start from nothing.
   */
  onBegin(resumed: boolean): void;
  onFrame(frame: ServerFrame): void;
}

interface Subscription {
  request: SubscribeRequest;
  subscriber: Subscriber;
  /** Of the newest frame. */
  token: string | undefined;
  toldAtMs: number;
  /** Sent with a token, and not answered yet. */
  resuming: boolean;
}

/** The server makes up for so many times at most; the rest of a longer absence would be missing. */
const resumePointsMax = 900;

/** Whether what was missed is less than what a new history would bring. */
function canResume({ request, token, toldAtMs }: Subscription): boolean {
  const awayMs = Date.now() - toldAtMs;
  return token !== undefined && awayMs < Math.min(request.history_ms, resumePointsMax * request.interval_ms);
}

export interface ConnectionOptions {
  openSocket: () => Socket;
  onState: (state: ConnectionState) => void;
  /** A connection with subscriptions that says nothing for this long is taken for dead. */
  silenceMaxMs?: number;
  random?: () => number;
}

/**
 * One WebSocket shared by any number of subscriptions. While open it keeps itself connected: a lost connection is tried again
 * with growing delays, and every subscription is sent again, to go on from its newest frame.
 */
export class LiveConnection {
  #socket: Socket | undefined;
  #ready = false;
  #attempt = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #watchdog: ReturnType<typeof setTimeout> | undefined;
  /** By the id on the wire, which is never used twice: a frame that was on its way when its subscription was replaced finds none. */
  readonly #subscriptions = new Map<string, Subscription>();
  #sequence = 0;
  readonly #options: Required<ConnectionOptions>;

  constructor(options: ConnectionOptions) {
    this.#options = { silenceMaxMs: 15_000, random: Math.random, ...options };
  }

  /** Connects; also cuts short a wait for the next attempt. */
  open(): void {
    if (this.#socket !== undefined) return;
    clearTimeout(this.#retry);
    this.#options.onState({ kind: 'connecting' });
    const socket = this.#options.openSocket();
    this.#socket = socket;
    socket.onopen = () => {
      this.#ready = true;
      this.#options.onState({ kind: 'live' });
      for (const [wireId, subscription] of this.#subscriptions) this.#send(wireId, subscription);
      this.#expectFrame();
    };
    socket.onmessage = event => {
      this.#receive(event.data);
    };
    socket.onclose = () => {
      this.#lost();
    };
  }

  /** Disconnects and stays so; subscriptions are kept for the next `open`. */
  close(): void {
    clearTimeout(this.#retry);
    this.#dropSocket();
    this.#attempt = 0;
    this.#options.onState({ kind: 'closed' });
  }

  /** Adds a subscription, or replaces the one with the same id. */
  subscribe(request: SubscribeRequest, subscriber: Subscriber): void {
    for (const [wireId, old] of this.#subscriptions) {
      if (old.request.id !== request.id) continue;
      this.#subscriptions.delete(wireId);
      if (this.#ready) this.#socket?.send(JSON.stringify({ type: 'unsubscribe', id: wireId }));
    }
    const wireId = `${request.id}.${++this.#sequence}`;
    const subscription = { request, subscriber, token: undefined, toldAtMs: 0, resuming: false };
    this.#subscriptions.set(wireId, subscription);
    if (this.#ready) this.#send(wireId, subscription);
  }

  #send(wireId: string, subscription: Subscription): void {
    const { request, subscriber, token } = subscription;
    subscription.resuming = canResume(subscription);
    subscriber.onBegin(subscription.resuming);
    const resume = subscription.resuming ? { resume: token } : {};
    this.#socket?.send(JSON.stringify({ type: 'subscribe', ...request, ...resume, id: wireId }));
  }

  #receive(data: unknown): void {
    const frame = typeof data === 'string' ? parseServerFrame(data) : undefined;
    if (frame === undefined) return;
    this.#attempt = 0;
    this.#expectFrame();
    if (frame.id !== undefined) this.#deliver(frame.id, frame);
  }

  #deliver(wireId: string, frame: ServerFrame): void {
    const subscription = this.#subscriptions.get(wireId);
    if (subscription === undefined) return;
    if (frame.type !== 'error') {
      subscription.token = frame.token;
      subscription.toldAtMs = Date.now();
    } else if (subscription.resuming && frame.code === 'invalid_argument') {
      // It worked before, so it is the token that is refused, as that of a server whose clock was ahead.
      subscription.token = undefined;
      this.#send(wireId, subscription);
      return;
    }
    if (frame.type !== 'error' || !isRetryable(frame)) subscription.resuming = false;
    subscription.subscriber.onFrame(frame);
  }

  #expectFrame(): void {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => {
      if (this.#subscriptions.size > 0) this.#lost();
    }, this.#options.silenceMaxMs);
  }

  #lost(): void {
    this.#dropSocket();
    const delayMs = backoffMs(this.#attempt++, this.#options.random);
    this.#options.onState({ kind: 'waiting', retryAtMs: Date.now() + delayMs });
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      this.open();
    }, delayMs);
  }

  #dropSocket(): void {
    clearTimeout(this.#watchdog);
    const socket = this.#socket;
    this.#socket = undefined;
    this.#ready = false;
    if (socket === undefined) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}

/** Opens the live stream of the server that served this page. */
export function openLiveSocket(): Socket {
  const address = new URL('/api/v2/live', window.location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  return new WebSocket(address) as Socket;
}
