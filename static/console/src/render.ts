// Put the state on the page. Elements are the server's templates; here only text, visibility and
// enabling change. data-testid names, stable for tests and outside checks:
//   desk-state, desk-timer, wrap-up-more, phone-state, connection, call-card, call-state, caller-name, caller-number,
//   caller-level, is-call-back, caller-region, dialled, call-queue, call-path, call-past, call-note, call-timer,
//   sign-in, sign-out, ready, pause, pause-reason, answer, hangup, mute, hold, keypad, dial-input,
//   dial, voicemail-new, tasks-todo, to-survey, customer-link, toast
import type { PhoneView } from "./phone";
import { agentTimer, shownAgent, shownCall, type CallCard, type DeskState } from "./state";
import type { Texts } from "./texts";

declare global {
  interface Window {
    htmx: { process(element: Element): void };
  }
}

export interface Page {
  state: DeskState;
  phone: PhoneView;
  texts: Texts;
  now: number;
}

export function find<T extends HTMLElement = HTMLElement>(name: string): T {
  const found = document.querySelector<T>(`[data-testid="${name}"]`);
  if (found === null) throw new Error(`no element ${name}`);
  return found;
}

export function render(page: Page): void {
  const { state, phone, texts } = page;
  renderAgent(page);
  setText("phone-state", texts.phone[phone.status] ?? phone.status);
  mark("phone-state", phone.status === "registered" ? "good" : "bad");
  const connection = !state.isFresh ? "offline" : state.linkUp ? "online" : "pbx_down";
  setText("connection", texts.connection[connection] ?? connection);
  mark("connection", connection === "online" ? "good" : "bad");
  document.body.classList.toggle("is-stale", !state.isFresh);
  setText("voicemail-new", state.voicemailNew ? String(state.voicemailNew) : "");
  setText("tasks-todo", state.tasksTodo ? String(state.tasksTodo) : "");
  renderCall(page, shownCall(state));
  renderControls(page);
  show("to-survey", surveyCall(state) !== null);
  // Not there in a company without standard answers.
  const toAnswer = document.querySelector<HTMLElement>('[data-testid="to-answer"]');
  if (toAnswer) toAnswer.hidden = talkedCall(state) === null;
}

// The call whose caller can be handed to the survey: the agent talks with him, and the queue has one.
export function surveyCall(state: DeskState): CallCard | null {
  const call = talkedCall(state);
  const queues = (find("to-survey").dataset["queues"] ?? "").split(" ");
  return queues.includes(call?.queue?.number ?? "-") ? call : null;
}

// The caller with whom the agent talks, null when there is none.
export function talkedCall(state: DeskState): CallCard | null {
  const call = shownCall(state);
  const isTalking = call?.state === "talking" || call?.state === "held";
  return isTalking && call?.direction === "in" ? call : null;
}

function renderAgent({ state, texts, now }: Page): void {
  const shown = shownAgent(state);
  const wish = state.agent?.state ?? "signed_out";
  const reason = shown.reason ? ` · ${texts.reason[shown.reason] ?? shown.reason}` : "";
  const next = shown.next ? ` · ${texts.then} ${texts.agent[shown.next] ?? shown.next}` : "";
  setText("desk-state", (texts.agent[shown.state] ?? shown.state) + reason + next);
  find("desk-state").dataset["state"] = shown.state;
  find("desk-state").dataset["wish"] = wish;
  const timer = agentTimer(shown, now);
  setText("desk-timer", timer === null || !state.isFresh ? "" : clock(timer));
  const isAgent = state.agent !== null;
  const isWrapUp = shown.state === "wrap_up";
  show("sign-in", isAgent && wish === "signed_out");
  show("sign-out", isAgent && wish !== "signed_out");
  show("ready", isAgent && (wish === "paused" || isWrapUp));
  show("wrap-up-more", isAgent && isWrapUp);
  show("pause", isAgent && wish === "ready");
  show("pause-reason", isAgent && wish === "ready");
}

function renderCall({ texts, now }: Page, call: CallCard | null): void {
  show("call-card", call !== null);
  show("no-call", call === null);
  if (call === null) return;
  const card = find("call-card");
  card.dataset["state"] = call.state;
  setText("call-state", texts.call[call.state] ?? call.state);
  setText("caller-name", call.customer?.name || call.caller.name || texts.unknown);
  setText("caller-number", call.caller.number);
  setText("caller-level", call.customer?.level === "vip" ? "VIP" : "");
  show("caller-level", call.customer?.level === "vip");
  show("is-call-back", call.is_call_back);
  setText("caller-region", [call.caller.region, call.caller.carrier].filter(Boolean).join(" "));
  setText("dialled", call.dialled);
  setText("call-queue", call.queue ? `${call.queue.number} ${call.queue.name}` : "—");
  setText("call-path", call.path.map((step) => `${step.node} ${step.keys}`.trim()).join(" → ") || "—");
  const past = call.past_calls;
  setText("call-past", past.count ? `${past.count}${past.last_agent ? ` · ${past.last_agent}` : ""}` : "0");
  setText("call-note", call.customer?.note ?? "");
  const since = call.answered_at ?? call.queued_at ?? call.started_at;
  const until = call.ended_at ? Date.parse(call.ended_at) : now;
  setText("call-timer", since ? clock(until - Date.parse(since)) : "");
  renderCustomerLink(call.customer ? `/customers/${call.customer.id}/` : "");
}

// The link swaps the work area as every other does: a plain one would leave the page and the call.
function renderCustomerLink(path: string): void {
  const link = find<HTMLAnchorElement>("customer-link");
  link.hidden = path === "";
  if (path === "" || link.getAttribute("hx-get") === path) return;
  link.href = path;
  link.setAttribute("hx-get", path);
  window.htmx.process(link);
}

function renderControls({ phone, texts }: Page): void {
  const inCall = phone.call !== "none";
  enable("answer", phone.call === "incoming");
  enable("hangup", inCall);
  enable("mute", phone.call === "talking");
  enable("hold", phone.call === "talking");
  enable("dial", !inCall && phone.status === "registered");
  find("mute").setAttribute("aria-pressed", String(phone.isMuted));
  find("hold").setAttribute("aria-pressed", String(phone.isHeld));
  setText("mute", phone.isMuted ? texts.unmute : texts.mute);
  setText("hold", phone.isHeld ? texts.unhold : texts.hold);
  show("keypad", phone.call === "talking");
  document.body.classList.toggle("is-ringing", phone.call === "incoming");
}

export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}

export function toast(text: string): void {
  const box = find("toast");
  box.textContent = text;
  box.hidden = false;
  window.setTimeout(() => {
    box.hidden = true;
  }, 8000);
}

function setText(name: string, text: string): void {
  const element = find(name);
  if (element.textContent !== text) element.textContent = text;
}

function show(name: string, isShown: boolean): void {
  find(name).hidden = !isShown;
}

function enable(name: string, isEnabled: boolean): void {
  find<HTMLButtonElement>(name).disabled = !isEnabled;
}

function mark(name: string, mood: "good" | "bad"): void {
  find(name).dataset["mood"] = mood;
}
