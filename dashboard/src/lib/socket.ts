/**
 * One connection to the box that mends itself: it subscribes again after a loss, and notices a
 * stream that is open but dead by asking when nothing has come for a while.
 */

const RETRY_FIRST_MS = 250;
const RETRY_MAX_MS = 4000;
/** The venue takes 10 control messages a second; names are gathered and sent together. */
const GATHER_MS = 300;
const QUIET_MS = 8000;
const ANSWER_MS = 4000;
const NAMES_PER_MESSAGE = 100;

export type Frame = Record<string, unknown>;
type Ready = () => void;
type Take = (data: Frame) => void;

export interface Watcher {
  /** The connection is there, again when `again`. */
  up(again: boolean): void;
  down(): void;
}

export class Connection {
  private socket: WebSocket | null = null;
  private retryMs = RETRY_FIRST_MS;
  private timer = 0;
  private heard = 0;
  private asked = 0;
  private watch = 0;
  private wasUp = false;
  private stopped = true;
  private readonly url: () => string;
  private readonly take: Take;
  private readonly watcher: Watcher;
  private readonly probe: string | null;

  /** `probe`: a message that the box answers, sent into a long silence; null where there is none. */
  constructor(url: () => string, take: Take, watcher: Watcher, probe: string | null) {
    this.url = url;
    this.take = take;
    this.watcher = watcher;
    this.probe = probe;
  }

  start(): void {
    if (!this.stopped) return;
    this.stopped = false;
    this.retryMs = RETRY_FIRST_MS;
    this.connect();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    clearInterval(this.watch);
    const socket = this.socket;
    this.socket = null;
    // Closing while it is still opening would be told as an error.
    if (socket?.readyState === WebSocket.CONNECTING) socket.onopen = () => socket.close();
    else socket?.close();
  }

  get isOpen(): boolean {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  send(message: string): void {
    if (this.isOpen) this.socket!.send(message);
  }

  private connect(): void {
    if (this.stopped) return;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}${this.url()}`);
    this.socket = socket;
    socket.onopen = () => {
      this.retryMs = RETRY_FIRST_MS;
      this.heard = Date.now();
      this.asked = 0;
      clearInterval(this.watch);
      if (this.probe !== null) this.watch = window.setInterval(() => this.look(), 1000);
      this.watcher.up(this.wasUp);
      this.wasUp = true;
    };
    socket.onmessage = (event: MessageEvent<string>) => {
      if (this.socket !== socket) return;
      this.heard = Date.now();
      this.asked = 0;
      this.take(JSON.parse(event.data) as Frame);
    };
    socket.onclose = () => this.lost(socket);
  }

  private lost(socket: WebSocket): void {
    if (this.socket !== socket || this.stopped) return;
    this.socket = null;
    clearInterval(this.watch);
    this.watcher.down();
    this.timer = window.setTimeout(() => this.connect(), this.retryMs);
    this.retryMs = Math.min(RETRY_MAX_MS, this.retryMs * 2);
  }

  private look(): void {
    const now = Date.now();
    if (this.asked && now - this.asked > ANSWER_MS) {
      const socket = this.socket;
      socket?.close();
      if (socket) this.lost(socket);
    } else if (!this.asked && now - this.heard > QUIET_MS) {
      this.asked = now;
      this.send(this.probe!);
    }
  }
}

/** Many streams over one connection, each with its listeners. */
export class Streams {
  private readonly listeners = new Map<string, Map<(data: never) => void, Ready>>();
  /** Names by the message that asked for them, until it is answered. */
  private readonly asked = new Map<number, string[]>();
  private readonly wanted = new Set<string>();
  private readonly changes = new Map<string, boolean>();
  private readonly connection: Connection;
  private gathering = 0;
  private said = 0;
  private id = 1;

  constructor(path: string, watcher: Watcher) {
    this.connection = new Connection(
      () => path,
      (frame) => this.spread(frame),
      {
        up: (again) => {
          this.changes.clear();
          this.asked.clear();
          for (const name of this.wanted) this.changes.set(name, true);
          this.gather();
          watcher.up(again);
        },
        down: () => watcher.down(),
      },
      '{"method":"LIST_SUBSCRIPTIONS","id":0}',
    );
  }

  start(): void {
    this.connection.start();
  }

  /**
   * Listen to a stream; the answer ends it. `ready` is called whenever the box has begun to send
   * it, so that what is read from then on has no gap to the stream.
   */
  on<T>(name: string, listen: (data: T) => void, ready: Ready = () => undefined): () => void {
    const each = listen as (data: never) => void;
    const listening = this.listeners.get(name) ?? new Map<(data: never) => void, Ready>();
    this.listeners.set(name, listening);
    listening.set(each, ready);
    if (!this.wanted.has(name)) {
      this.wanted.add(name);
      this.change(name, true);
    }
    return () => {
      listening.delete(each);
      if (listening.size || this.listeners.get(name) !== listening) return;
      this.listeners.delete(name);
      this.wanted.delete(name);
      this.change(name, false);
    };
  }

  private spread(frame: Frame): void {
    const name = frame.stream as string | undefined;
    if (name === undefined) this.answered(Number(frame.id));
    else for (const listen of this.listeners.get(name)?.keys() ?? []) listen(frame.data as never);
  }

  private answered(id: number): void {
    const names = this.asked.get(id) ?? [];
    this.asked.delete(id);
    for (const name of names) this.listeners.get(name)?.forEach((ready) => ready());
  }

  private change(name: string, wanted: boolean): void {
    this.changes.set(name, wanted);
    this.gather();
  }

  private gather(): void {
    if (this.gathering) return;
    const delay = Math.max(0, this.said + GATHER_MS - Date.now());
    this.gathering = window.setTimeout(() => {
      this.gathering = 0;
      this.said = Date.now();
      if (!this.connection.isOpen) return;
      this.say("UNSUBSCRIBE", false);
      this.say("SUBSCRIBE", true);
      this.changes.clear();
    }, delay);
  }

  private say(method: string, wanted: boolean): void {
    const names = [...this.changes].filter(([, want]) => want === wanted).map(([name]) => name);
    for (let at = 0; at < names.length; at += NAMES_PER_MESSAGE) {
      const params = names.slice(at, at + NAMES_PER_MESSAGE);
      if (wanted) this.asked.set(this.id, params);
      this.connection.send(JSON.stringify({ method, params, id: this.id++ }));
    }
  }
}
