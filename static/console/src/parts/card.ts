// The card of the call: who, from where, through what, and what was told with it.
import { clock, find, made, setText, show } from "../dom";
import type { CallCard } from "../state";
import type { Page } from "./page";

declare global {
  interface Window {
    htmx: { process(element: Element): void };
  }
}

export function renderCall({ texts, now }: Page, call: CallCard | null): void {
  show("call-card", call !== null);
  show("no-call", call === null);
  if (call === null) return;
  const card = find("call-card");
  card.dataset["state"] = call.state;
  setText("call-state", texts.call[call.state] ?? call.state);
  setText("caller-name", call.customer?.name || call.caller.name || texts.unknown);
  setText("caller-number", call.caller.number);
  const level = call.customer?.level ?? "normal";
  // A level of the company's own is shown by its code.
  setText("caller-level", level === "vip" ? "VIP" : level);
  show("caller-level", level !== "normal");
  show("is-call-back", call.is_call_back);
  setText("caller-region", [call.caller.region, call.caller.carrier].filter(Boolean).join(" "));
  setText("dialled", call.dialled);
  setText("call-queue", call.queue ? `${call.queue.number} ${call.queue.name}` : "—");
  setText("call-path", call.path.map((step) => `${step.node} ${step.keys}`.trim()).join(" → ") || "—");
  const past = call.past_calls;
  setText("call-past", past.count ? `${past.count}${past.last_agent ? ` · ${past.last_agent}` : ""}` : "0");
  setText("call-note", call.customer?.note ?? "");
  const by = call.transfer?.by;
  show("transfer-packet", Boolean(call.transfer));
  setText("transferred-by", by ? `${by.number} ${by.name}` : "");
  setText("transfer-note", call.transfer?.note ?? "");
  show("transfer-note", Boolean(call.transfer?.note));
  const no = call.declined ?? null;
  setText("declined", no ? texts.declined.replace("{who}", `${no.by.number} ${no.by.name}`).replace("{why}", texts.decline[no.reason] ?? no.reason) : "");
  show("declined", no !== null);
  renderOpenItems(call.open_items ?? []);
  const since = call.answered_at ?? call.queued_at ?? call.started_at;
  const until = call.ended_at ? Date.parse(call.ended_at) : now;
  setText("call-timer", since ? clock(until - Date.parse(since)) : "");
  const isOutside = call.direction !== "internal";
  renderLink("customer-link", call.customer ? `/customers/${call.customer.id}/` : "");
  renderLink("customer-make", !call.customer && isOutside ? `/customers/new/?call=${call.id}` : "");
  renderLink("caller-refuse", isOutside ? `/blacklist/?call=${call.id}` : "");
}

function renderOpenItems(items: NonNullable<CallCard["open_items"]>): void {
  const list = find("open-items");
  const text = JSON.stringify(items);
  list.hidden = items.length === 0;
  if (list.dataset["items"] === text) return;
  list.dataset["items"] = text;
  list.replaceChildren(...items.filter((item) => item.url.startsWith("/")).map((item) => {
    const link = made("a", "", item.title) as HTMLAnchorElement;
    link.href = item.url;
    for (const [name, value] of [["hx-get", item.url], ["hx-target", "#work"], ["hx-push-url", "true"]] as const) {
      link.setAttribute(name, value);
    }
    const line = made("li", "");
    line.append(link);
    window.htmx.process(line);
    return line;
  }));
}

// The link swaps the work area as every other does: a plain one would leave the page and the call.
function renderLink(name: string, path: string): void {
  const link = find<HTMLAnchorElement>(name);
  link.hidden = path === "";
  if (path === "" || link.getAttribute("hx-get") === path) return;
  link.href = path;
  link.setAttribute("hx-get", path);
  window.htmx.process(link);
}
