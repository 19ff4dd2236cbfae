// The desk's WebSocket: reconnects with back-off, notices a dead link by unanswered questions, a
// sleep by the jump of the clock, and that another page is this person's desk now.
import { DOUBT_MS, hasSlept, nextWait, PROBE_MS, verdict, type Link } from "./link";
import type { Envelope } from "./state";

const TICK_MS = 500;
const SIGNED_OUT = 4401;
const TAKEN = 4409;

export interface SocketCallbacks {
  onEvent(event: Envelope): void;
  // Nothing is known any more: what is shown may be old.
  onDown(): void;
  // The machine slept, or the network is back: what else is connected may be dead.
  onWoke(): void;
  onTaken(): void;
  onSignedOut(): void;
}

export class DeskSocket {
  private socket: WebSocket | null = null;
  private readonly page = crypto.randomUUID?.() ?? `page-${Math.random().toString(36).slice(2, 12)}`;
  // A page that is opened takes the desk; one that comes back must not take it from a newer one.
  private isClaiming = true;
  private isOver = false;
  private isDoubted = false;
  private wasOpened = false;
  private failures = 0;
  private retry: number | undefined;
  private lastTick = Date.now();
  private link: Link = { isOpen: false, since: 0, heardAt: 0, askedAt: 0, patience: DOUBT_MS };

  constructor(
    private readonly url: string,
    private readonly callbacks: SocketCallbacks,
    // How the toolbar says who it is: a socket has no headers of its own.
    private readonly protocols: string[] = [],
  ) {
    window.setInterval(() => this.tick(), TICK_MS);
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.probe();
    });
    window.addEventListener("pageshow", (event) => {
      if (event.persisted) this.renew();
    });
    window.addEventListener("offline", () => this.doubt());
    window.addEventListener("online", () => {
      this.renew();
      this.callbacks.onWoke();
    });
  }

  open(): void {
    const now = Date.now();
    window.clearTimeout(this.retry);
    const claim = this.isClaiming ? "&claim=1" : "";
    const socket = new WebSocket(`${this.url}?page=${this.page}${claim}`, this.protocols);
    this.socket = socket;
    this.wasOpened = false;
    this.isDoubted = false;
    this.link = { isOpen: false, since: now, heardAt: now, askedAt: 0, patience: DOUBT_MS };
    socket.onopen = () => {
      this.link.isOpen = this.wasOpened = true;
      // The snapshot comes unasked; it must not take for ever.
      this.link.heardAt = this.link.askedAt = Date.now();
    };
    socket.onmessage = (message) => this.heard(String(message.data));
    socket.onclose = (event) => this.closed(event.code);
  }

  // Make this page the person's desk again.
  claim(): void {
    this.isClaiming = true;
    this.isOver = false;
    this.renew();
  }

  // Hear for a while when a colleague does something else.
  watchPresence(): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ type: "presence" }));
  }

  askSnapshot(): void {
    this.ask("snapshot", this.link.patience);
  }

  private heard(text: string): void {
    this.link.heardAt = Date.now();
    this.link.askedAt = 0;
    this.link.patience = DOUBT_MS;
    this.failures = 0;
    const event = JSON.parse(text) as Envelope;
    if (event.kind === "snapshot") this.isClaiming = this.isDoubted = false;
    this.callbacks.onEvent(event);
    // It lives after all; what it missed it says itself, but the page showed that it knows nothing.
    if (this.isDoubted) {
      this.isDoubted = false;
      this.askSnapshot();
    }
  }

  private tick(): void {
    const now = Date.now();
    const slept = hasSlept(this.lastTick, now);
    this.lastTick = now;
    if (this.isOver) return;
    if (slept) {
      this.callbacks.onWoke();
      this.probe();
      return;
    }
    if (this.socket === null) return;
    const next = verdict(this.link, now);
    if (next === "ping") this.ask("ping", DOUBT_MS);
    else if (next === "doubt") this.doubt();
    else if (next === "renew") this.renew();
  }

  // Ask at once whether the socket lives, and believe in it for a moment only.
  private probe(): void {
    if (this.isOver) return;
    if (this.link.isOpen) this.ask("ping", PROBE_MS);
    else this.renew();
  }

  private ask(type: "ping" | "snapshot", patience: number): void {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    if (this.link.askedAt === 0) this.link.askedAt = Date.now();
    this.link.patience = patience;
    this.socket.send(JSON.stringify({ type }));
  }

  private doubt(): void {
    if (this.isOver || this.isDoubted) return;
    this.isDoubted = true;
    this.callbacks.onDown();
  }

  // Give the socket up without waiting for its end, which may take minutes, and open another.
  private renew(): void {
    if (this.isOver) return;
    this.forget();
    this.callbacks.onDown();
    this.open();
  }

  private forget(): void {
    const socket = this.socket;
    this.socket = null;
    this.link.isOpen = false;
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  private closed(code: number): void {
    this.forget();
    this.callbacks.onDown();
    if (code === SIGNED_OUT || code === TAKEN) {
      this.isOver = true;
      if (code === TAKEN) this.callbacks.onTaken();
      else this.callbacks.onSignedOut();
      return;
    }
    const wait = nextWait(this.failures, this.wasOpened, Math.random());
    this.failures += 1;
    this.retry = window.setTimeout(() => this.open(), wait);
  }
}
