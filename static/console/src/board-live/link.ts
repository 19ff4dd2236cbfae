// The board's WebSocket: nothing is asked, rounds come by themselves. One that is silent is given up.
import { CONNECT_MS, nextWait } from "../link";
import type { Message } from "./state";

const SIGNED_OUT = 4401;
const FULL = 4503;
const SILENT_MS = 15_000;
const TICK_MS = 1_000;

export interface LinkCallbacks {
  onMessage(message: Message): void;
  // The server lets nobody in any more: signed out, revoked, or too many.
  onRefused(isFull: boolean): void;
}

export class BoardLink {
  private socket: WebSocket | null = null;
  private failures = 0;
  private heardAt = 0;
  private retry: number | undefined;
  private readonly ticker: number;
  private isOver = false;

  constructor(
    private readonly path: string,
    private readonly callbacks: LinkCallbacks,
    // What a screen says first.
    private readonly hello: object | null = null,
  ) {
    this.ticker = window.setInterval(() => this.tick(), TICK_MS);
    window.addEventListener("online", this.renew);
    this.open();
  }

  askSnapshot(): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ type: "snapshot" }));
  }

  close(): void {
    this.isOver = true;
    window.clearInterval(this.ticker);
    window.clearTimeout(this.retry);
    window.removeEventListener("online", this.renew);
    this.forget();
  }

  private readonly renew = (): void => {
    if (this.isOver) return;
    this.forget();
    this.open();
  };

  private open(): void {
    window.clearTimeout(this.retry);
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}${this.path}`);
    this.socket = socket;
    this.heardAt = Date.now();
    let wasOpened = false;
    socket.onopen = () => {
      wasOpened = true;
      if (this.hello) socket.send(JSON.stringify(this.hello));
    };
    socket.onmessage = (event) => {
      this.heardAt = Date.now();
      this.failures = 0;
      this.callbacks.onMessage(JSON.parse(String(event.data)) as Message);
    };
    socket.onclose = (event) => {
      this.forget();
      if (event.code === SIGNED_OUT || event.code === FULL) {
        this.close();
        this.callbacks.onRefused(event.code === FULL);
        return;
      }
      this.retry = window.setTimeout(this.renew, nextWait(this.failures, wasOpened, Math.random()));
      this.failures += 1;
    };
  }

  private tick(): void {
    if (this.socket === null) return;
    const patience = this.socket.readyState === WebSocket.OPEN ? SILENT_MS : CONNECT_MS;
    if (Date.now() - this.heardAt > patience) this.renew();
  }

  private forget(): void {
    const socket = this.socket;
    this.socket = null;
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
