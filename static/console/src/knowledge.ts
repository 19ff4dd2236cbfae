// Knowledge on the desk: what is offered beside a call, links inside articles, and the editor, which
// is loaded only where a draft is written. Nothing here touches socket or phone.
import { shownCall, type DeskState } from "./state";

interface Htmx {
  ajax(verb: string, path: string, context: { target: string; swap: string }): Promise<void>;
}
type Mount = (form: HTMLFormElement) => void;
type Shared = { htmx?: Htmx; huawuArticle?: Mount };

const WAIT_MS = 400;
const shared = window as unknown as Shared;

export class Knowledge {
  private call = 0;
  private timer = 0;

  constructor() {
    document.addEventListener("htmx:afterSettle", () => this.edit());
    document.addEventListener("click", (event) => this.clicked(event), true);
    this.search?.addEventListener("input", (event) => this.typed(event as InputEvent));
    this.search?.addEventListener("compositionend", () => this.soon());
    this.note?.addEventListener("input", (event) => this.typed(event as InputEvent));
    this.search?.addEventListener("keydown", (event) => this.pressed(event));
    this.list?.addEventListener("keydown", (event) => this.pressed(event));
    this.edit();
  }

  // Follow the agent's call: offer anew with each one, and when it has a queue or a customer.
  look(state: DeskState): void {
    const panel = this.panel;
    if (!panel) return;
    const call = shownCall(state);
    const isLive = call !== null && call.id > 0;
    panel.hidden = !isLive;
    const id = isLive ? call.id : 0;
    if (id === this.call) return;
    this.call = id;
    if (this.search) this.search.value = "";
    if (id) this.ask();
  }

  focus(): void {
    if (this.panel?.hidden === false) {
      this.panel.setAttribute("open", "");
      this.search?.focus();
    }
  }

  private get panel(): HTMLElement | null {
    return document.querySelector("[data-testid=knowledge-panel]");
  }

  private get search(): HTMLInputElement | null {
    return document.querySelector("[data-testid=knowledge-panel-q]");
  }

  private get note(): HTMLTextAreaElement | null {
    return document.querySelector("[data-testid=wrap-up-note]");
  }

  private get list(): HTMLElement | null {
    return document.querySelector("#knowledge-offers");
  }

  private typed(event: InputEvent): void {
    // While an input method composes, its letters are not yet what is meant.
    if (!event.isComposing) this.soon();
  }

  private soon(): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.ask(), WAIT_MS);
  }

  private ask(): void {
    if (!this.call) return;
    const asked = new URLSearchParams({
      q: this.search?.value.trim() ?? "",
      note: this.note?.value.trim().slice(-200) ?? "",
    });
    const path = `/knowledge/calls/${this.call}/panel/?${asked}`;
    void shared.htmx?.ajax("GET", path, { target: "#knowledge-offers", swap: "innerHTML" });
  }

  // Arrows go from the box through the offers and back.
  private pressed(event: KeyboardEvent): void {
    if (event.isComposing || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return;
    const links = [...(this.list?.querySelectorAll<HTMLAnchorElement>("a") ?? [])];
    const at = links.indexOf(document.activeElement as HTMLAnchorElement);
    const next = at + (event.key === "ArrowDown" ? 1 : -1);
    event.preventDefault();
    if (next < 0) this.search?.focus();
    else links[Math.min(next, links.length - 1)]?.focus();
  }

  // A link in an article never takes the desk away: articles open in the page, files are saved,
  // other sites open beside.
  private clicked(event: Event): void {
    const target = event.target instanceof Element ? event.target : null;
    const copy = target?.closest<HTMLElement>("[data-copy-text]")?.dataset["copyText"];
    if (copy) void copyText(document.getElementById(copy));
    const link = target?.closest<HTMLAnchorElement>(".article-body a[href]");
    if (!link || link.closest(".article-text")) return;
    event.preventDefault();
    event.stopPropagation();
    const url = new URL(link.href, location.href);
    if (url.origin !== location.origin) window.open(url.href, "_blank", "noopener,noreferrer");
    else if (url.pathname.startsWith("/knowledge/files/")) save(url.href);
    else void this.open(url.pathname);
  }

  private async open(path: string): Promise<void> {
    await shared.htmx?.ajax("GET", path, { target: "#work", swap: "innerHTML" });
    history.pushState({ htmx: true }, "", path);
  }

  private edit(): void {
    const form = document.querySelector<HTMLFormElement>("[data-article-form]:not([data-is-mounted])");
    if (!form) return;
    form.dataset["isMounted"] = "1";
    if (shared.huawuArticle) {
      shared.huawuArticle(form);
      return;
    }
    const script = document.createElement("script");
    script.src = form.dataset["script"] ?? "";
    script.addEventListener("load", () => {
      if (form.isConnected) shared.huawuArticle?.(form);
    });
    document.head.append(script);
  }
}

async function copyText(element: HTMLElement | null): Promise<void> {
  const text = element?.innerText ?? "";
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Not a secure page: the old way.
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  const button = document.querySelector<HTMLElement>("[data-copy-text]");
  if (button?.dataset["copied"]) button.textContent = button.dataset["copied"];
}

function save(href: string): void {
  const link = document.createElement("a");
  link.href = href;
  link.download = "";
  document.body.append(link);
  link.click();
  link.remove();
}
