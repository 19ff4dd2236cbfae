// The script for the page around: <script src="https://huawu.example.com/toolbar/v1.js"></script>,
// then `const bar = Huawu.toolbar({ element, url })`. See docs/integrator-guide.md, "Toolbar".
import { commandMessage, readFrameMessage, type Fields, type Reply } from "./protocol";

const ANSWER_MS = 15_000;

interface Options {
  // Where the bar goes: an element or its CSS selector.
  element: Element | string;
  // What POST /api/v1/toolbar/launches/ answered to your server.
  url: string;
  height?: number;
}

type Listener = (data: Record<string, unknown>) => void;

class Toolbar {
  readonly frame: HTMLIFrameElement;
  private readonly origin: string;
  private readonly listeners = new Map<string, Set<Listener>>();
  private readonly waiting = new Map<string, (reply: Reply) => void>();
  private count = 0;
  private readonly hears = (message: MessageEvent) => this.heard(message);

  constructor({ element, url, height = 64 }: Options) {
    const place = typeof element === "string" ? document.querySelector(element) : element;
    if (place === null) throw new Error(`Huawu.toolbar: no element ${String(element)}`);
    this.origin = new URL(url).origin;
    this.frame = document.createElement("iframe");
    this.frame.allow = `microphone ${this.origin}; autoplay ${this.origin}`;
    this.frame.title = "Huawu";
    this.frame.width = "100%";
    this.frame.height = String(height);
    this.frame.referrerPolicy = "origin";
    this.frame.src = url;
    window.addEventListener("message", this.hears);
    place.append(this.frame);
  }

  on(event: string, listener: Listener): this {
    const known = this.listeners.get(event) ?? new Set<Listener>();
    this.listeners.set(event, known.add(listener));
    return this;
  }

  // Send a command; the promise fails with an error whose `code` says why.
  send(command: string, data: Fields = {}): Promise<void> {
    const id = String(++this.count);
    return new Promise((resolve, reject) => {
      const refuse = (code: string, message: string) =>
        reject(Object.assign(new Error(message || code), { code }));
      const timer = window.setTimeout(() => {
        this.waiting.delete(id);
        refuse("no_answer", "");
      }, ANSWER_MS);
      this.waiting.set(id, (reply) => {
        window.clearTimeout(timer);
        if (reply.ok) resolve();
        else refuse(reply.error?.code ?? "failed", reply.error?.message ?? "");
      });
      this.frame.contentWindow?.postMessage(commandMessage({ id, command, data }), this.origin);
    });
  }

  remove(): void {
    window.removeEventListener("message", this.hears);
    this.frame.remove();
  }

  private heard(message: MessageEvent): void {
    if (message.source !== this.frame.contentWindow || message.origin !== this.origin) return;
    const found = readFrameMessage(message.data);
    if (found === null) return;
    if ("event" in found) {
      for (const listener of this.listeners.get(found.event) ?? []) listener(found.data);
      return;
    }
    this.waiting.get(found.id)?.(found);
    this.waiting.delete(found.id);
  }
}

Object.assign(window, { Huawu: { toolbar: (options: Options) => new Toolbar(options) } });
