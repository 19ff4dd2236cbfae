// The desk's WebSocket: reconnects with back-off, notices a dead link by unanswered pings.
import type { Envelope } from "./state";

const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 5000;
const PING_MS = 10000;
const SIGNED_OUT = 4401;

export interface SocketCallbacks {
  onEvent(event: Envelope): void;
  onDown(): void;
  onSignedOut(): void;
}

export class DeskSocket {
  private socket: WebSocket | null = null;
  private waitMs = FIRST_WAIT_MS;
  private pinger: number | undefined;
  private heardAt = 0;

  constructor(
    private readonly url: string,
    private readonly callbacks: SocketCallbacks,
    // How the toolbar says who it is: a socket has no headers of its own.
    private readonly protocols: string[] = [],
  ) {}

  open(): void {
    const socket = new WebSocket(this.url, this.protocols);
    this.socket = socket;
    this.heardAt = Date.now();
    socket.onmessage = (message) => this.heard(String(message.data));
    socket.onclose = (event) => this.closed(event.code);
    window.clearInterval(this.pinger);
    this.pinger = window.setInterval(() => this.ping(), PING_MS);
  }

  askSnapshot(): void {
    this.send({ type: "snapshot" });
  }

  private heard(text: string): void {
    this.heardAt = Date.now();
    this.waitMs = FIRST_WAIT_MS;
    this.callbacks.onEvent(JSON.parse(text) as Envelope);
  }

  private ping(): void {
    // After sleep or a network cut the socket stays half-open for minutes; do not wait for it.
    if (Date.now() - this.heardAt > 2.5 * PING_MS) this.socket?.close();
    else this.send({ type: "ping" });
  }

  private send(message: object): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  private closed(code: number): void {
    window.clearInterval(this.pinger);
    this.callbacks.onDown();
    if (code === SIGNED_OUT) {
      this.callbacks.onSignedOut();
      return;
    }
    window.setTimeout(() => this.open(), this.waitMs * (0.7 + Math.random() * 0.6));
    this.waitMs = Math.min(LONGEST_WAIT_MS, this.waitMs * 1.7);
  }
}
