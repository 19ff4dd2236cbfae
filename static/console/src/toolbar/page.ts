// The soft-phone bar in a frame of another program's page: the desk's socket, reducer and phone in
// one row. Its session comes for the one-time token and lives in this page only: no cookie.
import { clock, enable, find, mark, setText, show, toast } from "../dom";
import { controlledCall } from "../control";
import { dialText, isCode } from "../dialling";
import { Phone, type SipConfig } from "../phone";
import { DeskSocket } from "../socket";
import {
  agentTimer, disconnected, EMPTY, failureSeen, reduce, shownAgent, shownCall, type DeskState,
} from "../state";
import { readJson, type Texts } from "../texts";
import { Door, Refusal } from "./door";
import { agentData, eventMessage, eventsBetween, type Fields, type ToolbarEvent } from "./protocol";

interface Entry {
  session: string;
  origin: string;
  sip: SipConfig | null;
}

const NO_PHONE = "no_phone";
const texts = readJson<Texts>("desk-texts");
let state: DeskState = EMPTY;
// The state up to which the page around has heard everything.
let told: DeskState = EMPTY;
let entry: Entry | null = null;
let isReadyTold = false;
let clockAhead = 0;

const phone = new Phone(find<HTMLAudioElement>("speaker"), () => { paint(); tellReady(); }, () => toast(texts.microphone));

async function enter(): Promise<void> {
  const launch = new URLSearchParams(location.search).get("launch") ?? "";
  // The token is used up with this; it need not stand in the address any longer.
  history.replaceState(null, "", location.pathname);
  const answer = await fetch("/toolbar/session/", { method: "POST", body: new URLSearchParams({ launch }) });
  if (!answer.ok || window.parent === window) return over();
  entry = (await answer.json()) as Entry;
  const door = new Door(entry.origin, window.parent, handlers, send);
  window.addEventListener("message", (message) => void door.hear(message));
  if (entry.sip) phone.start(entry.sip);
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const socket = new DeskSocket(`${scheme}://${location.host}/ws/desk/`, {
    onEvent(event) {
      if (event.at) clockAhead = Date.parse(event.at) - Date.now();
      change(reduce(state, event));
      if (state.needsSnapshot) socket.askSnapshot();
      if (state.failure) {
        toast(`${texts.failed} ${state.failure.message}`);
        state = failureSeen(state);
      }
    },
    onDown: () => change(disconnected(state)),
    onWoke: () => phone.check(),
    // The desk was opened elsewhere: its phone rings there, a talk goes over.
    onTaken() {
      phone.leave();
      over();
    },
    onSignedOut: over,
  }, [`huawu-toolbar.${entry.session}`]);
  socket.open();
}

function send(message: object): void {
  if (entry) window.parent.postMessage(message, entry.origin);
}

function tell(event: ToolbarEvent): void {
  send(eventMessage(event));
}

function over(): void {
  show("over", true);
  phone.stop();
  tell({ event: "over", data: {} });
}

function change(next: DeskState): void {
  state = next;
  // What is not fresh is not news: after a cut the next snapshot tells what has changed.
  if (next.isFresh) {
    for (const event of eventsBetween(told, next)) tell(event);
    told = next;
  }
  tellReady();
  paint();
}

// Once: connected, and the phone (if it is here) can be rung.
function tellReady(): void {
  const hasPhone = entry !== null && (entry.sip === null || phone.view.status === "registered");
  if (isReadyTold || !state.isFresh || !hasPhone) return;
  isReadyTold = true;
  tell({ event: "ready", data: { version: 1, ...agentData(state) } });
}

// Ask the server; the events say what came of it.
async function post(path: string, fields: Record<string, string> = {}): Promise<Response> {
  const headers = { "X-Huawu-Toolbar": entry?.session ?? "" };
  const answer = await fetch(path, { method: "POST", headers, body: new URLSearchParams(fields) });
  if (answer.ok) return answer;
  const error = (await answer.json().catch(() => ({}))) as { code?: string; detail?: string };
  throw new Refusal(error.code ?? String(answer.status), error.detail ?? "");
}

const STATES: Record<string, string> = {
  ready: "/desk/ready/", signed_in: "/desk/sign-in/", signed_out: "/desk/sign-out/",
};

const handlers = {
  // `number` as people write it, or `reference` (`call:12`) for one that need not be known here.
  async dial({ number, reference }: Fields): Promise<void> {
    if (phone.view.call !== "none") throw new Refusal("busy");
    const wish: Record<string, string> = reference
      ? { reference: String(reference) }
      : { number: dialText(String(number ?? "")) };
    const text = wish["number"] ?? "";
    if (isCode(text) && phone.view.status === "registered") return phone.dial(text);
    const { dial } = (await (await post("/desk/dial/", wish)).json()) as { dial: string };
    if (dial) phone.dial(dial);
  },
  answer(): void {
    if (phone.view.call !== "incoming") throw new Refusal(entry?.sip ? "not_ringing" : NO_PHONE);
    phone.answer();
  },
  hangup(): void {
    if (phone.view.call === "none") throw new Refusal(entry?.sip ? "no_call" : NO_PHONE);
    phone.hangUp();
  },
  // `held`: true puts on hold, false takes back; without it the other of what is.
  async hold({ held }: Fields): Promise<void> {
    const call = controlledCall(state);
    const isHeld = call?.control ? call.control.mode === "held" : phone.view.isHeld;
    const wish = typeof held === "boolean" ? held : !isHeld;
    if (call?.control) {
      if (wish !== isHeld) await post(`/calls/${call.id}/${wish ? "hold" : "unhold"}/`);
      return;
    }
    if (phone.view.call !== "talking") throw new Refusal("no_call");
    if (wish !== isHeld) phone.toggleHold();
  },
  async transfer({ kind, to }: Fields): Promise<void> {
    const call = state.calls.find((one) => one.state === "talking" || one.state === "held");
    if (call === undefined) throw new Refusal("no_call");
    await post(`/calls/${call.id}/transfer/`, { kind: String(kind ?? ""), to: String(to ?? "") });
  },
  async state({ state: wish, reason }: Fields): Promise<void> {
    if (wish === "paused") {
      await post("/desk/pause/", { reason: String(reason ?? "") });
      return;
    }
    const path = Object.hasOwn(STATES, String(wish)) ? STATES[String(wish)] : undefined;
    if (path === undefined) throw new Refusal("unknown_state", String(wish ?? ""));
    await post(path);
  },
};

function paint(): void {
  const shown = shownAgent(state);
  const now = Date.now() + clockAhead;
  const timer = agentTimer(shown, now);
  const call = shownCall(state);
  const isLive = call !== null && call.state !== "ended";
  const view = phone.view;
  find("desk-state").dataset["state"] = shown.state;
  setText("desk-state", texts.agent[shown.state] ?? shown.state);
  setText("desk-timer", timer === null ? "" : clock(timer));
  show("sign-in", state.isFresh && shown.state === "signed_out");
  show("ready", ["paused", "wrap_up", "resting"].includes(shown.state));
  show("pause", state.agent?.state === "ready");
  show("pause-reason", state.agent?.state === "ready");
  setText("caller", isLive ? [call.caller.name || call.customer?.name, call.caller.number].filter(Boolean).join(" ") : "");
  const since = isLive ? (call.answered_at ?? call.queued_at ?? call.started_at) : null;
  setText("call-timer", since ? clock(now - Date.parse(since)) : "");
  enable("answer", view.call === "incoming");
  enable("hangup", view.call !== "none");
  enable("hold", view.call === "talking");
  enable("dial", view.call === "none" && view.status === "registered");
  const isHeld = controlledCall(state)?.control?.mode === "held" || view.isHeld;
  find("hold").setAttribute("aria-pressed", String(isHeld));
  setText("hold", isHeld ? texts.unhold : texts.hold);
  const isGood = state.isFresh && state.linkUp && (view.status === "registered" || entry?.sip === null);
  mark("phone-state", isGood ? "good" : "bad");
  const link = !state.isFresh ? "offline" : state.linkUp ? "" : "pbx_down";
  setText("phone-state", (link ? texts.connection[link] : texts.phone[view.status]) ?? "");
}

const buttons: Record<string, () => Promise<void> | void> = {
  "sign-in": () => handlers.state({ state: "signed_in" }),
  ready: () => handlers.state({ state: "ready" }),
  pause: () => handlers.state({ state: "paused", reason: find<HTMLSelectElement>("pause-reason").value }),
  answer: () => handlers.answer(),
  hangup: () => handlers.hangup(),
  hold: () => handlers.hold({}),
  dial: () => handlers.dial({ number: find<HTMLInputElement>("dial-input").value }),
};

async function press(name: string): Promise<void> {
  try {
    await buttons[name]?.();
  } catch (error) {
    toast(`${texts.failed} ${(error as Error).message}`);
  }
}

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest<HTMLElement>("button[data-testid]") : null;
  if (button) void press(button.dataset["testid"] ?? "");
});
find("dial-input").addEventListener("keydown", (event) => {
  if (event.key === "Enter") void press("dial");
});
window.setInterval(paint, 1000);
paint();
void enter().catch(over);
Object.assign(window, { huawuTraffic: () => phone.traffic() });
