// The agent's desk: one long-lived page. The work area below is swapped by HTMX and never touches
// what is here, so the phone and the socket live through every navigation.
import { WrapUp } from "./wrap_up";
import { Dialling, dialText, wishOf } from "./dialling";
import { allowed, controlledCall } from "./control";
import { listenToKeys } from "./keyboard";
import { keepPressed, listenToLiveKeys } from "./live";
import { AUDIO_ONLY, Phone } from "./phone";
import { find, toast } from "./dom";
import { Operations } from "./operations";
import { showKeypad } from "./parts/controls";
import { render, surveyCall, talkedCall } from "./render";
import { Knowledge } from "./knowledge";
import { bindBoard } from "./board";
import { bindMenu, focusMenu } from "./menu";
import { bindPageScripts } from "./page_scripts";
import { PreferenceStore } from "./preferences";
import { Ringer } from "./ring";
import { watchPresence, watchPresenceWhileShown } from "./presence";
import { DeskSocket } from "./socket";
import { SoundDialog } from "./sound";
import {
  disconnected, EMPTY, failureSeen, isDayChange, reduce, shownCall, type DeskState,
} from "./state";
import { RecordingPause } from "./recording";
import { readJson, type DeskConfig, type Texts } from "./texts";
import { TransferDialog } from "./transfer";

const texts = readJson<Texts>("desk-texts");
const config = readJson<DeskConfig>("desk-config");
// Kept on this machine, by person: several share one.
const kept = `huawu:${config.user}`;
const preferences = new PreferenceStore(`${kept}:desk`, () => useDevices());
const ringer = new Ringer(() => preferences.value);
const sound = new SoundDialog(preferences, ringer, texts);
let state: DeskState = EMPTY;
// How far the server's clock, whose times the timers count from, is ahead of this one (ms).
let clockAhead = 0;
// Another page of this person is his desk now: this one has neither phone nor socket.
let isElsewhere = false;
let hasBeenFresh = false;

const phone = new Phone(
  find<HTMLAudioElement>("speaker"),
  (view) => {
    if (view.call === "incoming") ringer.start(texts.incoming, callerLine());
    else {
      ringer.stop();
      find<HTMLDialogElement>("decline-dialog").close();
    }
    paint();
  },
  () => toast(texts.microphone),
);

const scheme = location.protocol === "https:" ? "wss" : "ws";
const socket = new DeskSocket(`${scheme}://${location.host}/ws/desk/`, {
  onEvent(event) {
    if (event.kind === "presence") {
      askAnew("presence-changed");
      return;
    }
    if (event.at) clockAhead = Date.parse(event.at) - Date.now();
    change(reduce(state, event));
    tellPages(event.kind);
    if (event.kind === "task.changed" && event.data["is_alert"] === true) {
      ringer.remind(texts.task_due, String(event.data["title"]), `task-${event.data["id"]}`);
    }
    if (event.kind === "inspection.changed" && event.data["is_alert"] === true) {
      ringer.remind(texts.inspection_news, "", `inspection-${event.data["id"]}`);
    }
    if (isDayChange(event)) dayChanged();
    // It may have missed that a colleague does something else.
    if (event.kind === "snapshot" && watchPresence(socket)) askAnew("presence-changed");
    if (state.needsSnapshot) socket.askSnapshot();
    if (state.failure) {
      toast(`${texts.failed} ${state.failure.message}`);
      operations.failed();
      change(failureSeen(state));
    }
  },
  onDown: () => change(disconnected(state)),
  onWoke: () => phone.check(),
  onTaken() {
    isElsewhere = true;
    phone.leave();
    paint();
  },
  onSignedOut: () => location.assign("/login/"),
});

// Which parts of a page ask for themselves anew after which events.
const ASKS_ANEW: [string, string][] = [
  ["task.", "tasks-changed"],
  ["order.", "orders-changed"],
  ["missed.", "missed-changed"],
  ["inspection.", "inspections-changed"],
  ["erasure.", "erasures-changed"],
  ["supervision.", "supervision-changed"],
];

// After a snapshot all of them: it may have missed one.
function tellPages(kind: string): void {
  for (const [start, name] of ASKS_ANEW) if (kind === "snapshot" || kind.startsWith(start)) askAnew(name);
}

function askAnew(name: string): void {
  document.body.dispatchEvent(new CustomEvent(name));
}

// A call of his ended or his state changed: his day has other figures. One question for what comes
// together; the day of somebody else is not told of here.
let dayTimer: number | undefined;
function dayChanged(): void {
  window.clearTimeout(dayTimer);
  // A server that has gone meanwhile is not asked: the snapshot of its return is.
  dayTimer = window.setTimeout(() => state.isFresh && askAnew("day-changed"), 800);
}

// Who calls, for a notification: name and number.
function callerLine(): string {
  const call = shownCall(state);
  return call ? [call.customer?.name || call.caller.name, call.caller.number].filter(Boolean).join(" ") : "";
}

function change(next: DeskState): void {
  state = next;
  hasBeenFresh ||= state.isFresh;
  wrapUp.look(state);
  knowledge.look(state);
  operations.look(state);
  heardRinging?.();
  paint();
}

function paint(): void {
  operations.look(state);
  // The call went on without him: there is nothing to give away any more.
  if (transfer.isOpen && !canGiveAway()) transfer.close();
  const now = Date.now() + clockAhead;
  const { pending } = operations;
  render({ state, phone: phone.view, texts, now, pending, isElsewhere, hasBeenFresh });
  recording.paint();
}

function send(path: string, fields: Record<string, string>): Promise<Response> {
  return fetch(path, {
    method: "POST",
    headers: { "X-CSRFToken": config.csrf, "Content-Type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(fields),
  });
}

// The headset's two devices; the ring has one of its own (ring.ts).
function useDevices(): void {
  const { microphone, speaker } = preferences.value;
  // Not `exact`: a headset that is gone must not cost a call.
  AUDIO_ONLY.audio = microphone ? { deviceId: { ideal: microphone } } : true;
  const element = find<HTMLAudioElement>("speaker");
  if (typeof element.setSinkId !== "function") return;
  void element.setSinkId(speaker).catch(() => element.setSinkId("")).catch(() => undefined);
}

// Send a command. The page changes when the event comes back, not before.
async function post(path: string, fields: Record<string, string> = {}): Promise<boolean> {
  try {
    const answer = await send(path, fields);
    if (answer.ok) return true;
    const error = (await answer.json().catch(() => ({}))) as { detail?: string };
    toast(`${texts.failed} ${error.detail ?? answer.status}`);
  } catch {
    toast(`${texts.failed} ${texts.connection["offline"] ?? ""}`);
  }
  return false;
}

const wrapUp = new WrapUp(texts, `${kept}:after`, send);
const knowledge = new Knowledge();

const operations = new Operations(post, () => paint(), () => toast(texts.no_answer));

const recording = new RecordingPause(() => state, post, texts);
recording.bind(document);

const transfer = new TransferDialog(texts, `${kept}:targets`, () => Date.now() + clockAhead,
  (operation, { kind, number }, note) => {
    if (!operations.ask(state, operation, { kind, to: number, note })) toast(texts.target["too_late"] ?? "");
  },
);

const actions: Record<string, () => void> = {
  "sign-in": () => void post("/desk/sign-in/"),
  "sign-out": () => void post("/desk/sign-out/"),
  ready: () => void post("/desk/ready/").then((isReady) => isReady || wrapUp.askBeforeReady()),
  "wrap-up-focus": () => wrapUp.focus(),
  "knowledge-focus": () => knowledge.focus(),
  "wrap-up-more": () => void post("/desk/wrap-up-more/"),
  pause: () => void post("/desk/pause/", { reason: find<HTMLSelectElement>("pause-reason").value }),
  "use-here": () => {
    isElsewhere = false;
    socket.claim();
    if (config.sip) phone.start(config.sip);
  },
  answer: () => phone.answer(),
  decline: () => find<HTMLDialogElement>("decline-dialog").showModal(),
  transfer: () => openTransfer(),
  invite: () => openTransfer(),
  "open-transfer": () => openTransfer(),
  "get-back": () => void operations.getBack(state),
  "to-answer": () => openTransfer(),
  hangup: () => phone.hangUp(),
  mute: () => phone.toggleMute(),
  hold: () => {
    if (!operations.toggleHold(state)) phone.toggleHold();
  },
  ...operations.buttons(() => state),
  "recording-pause": () => recording.toggle(),
  "keypad-toggle": () => {
    showKeypad(find("keypad").hidden);
    if (!find("keypad").hidden) find("keypad").querySelector("button")?.focus();
  },
  "to-survey": () => {
    const call = surveyCall(state);
    transfer.close();
    if (call) void post(`/calls/${call.id}/survey/`);
  },
  "answer-back": () => toAnswer("1"),
  "answer-end": () => toAnswer(""),
  dial: () => dial(find<HTMLInputElement>("dial-input").value),
  "dial-input": () => find("dial-input").focus(),
  "shortcuts-open": () => openDialog("shortcuts"),
  "sound-open": () => sound.open(),
  "nav-focus": () => focusMenu(),
  "work-focus": () => document.getElementById("work")?.focus(),
};

// Tell why, then decline: the next agent is rung either way.
async function decline(reason: string): Promise<void> {
  find<HTMLDialogElement>("decline-dialog").close();
  const late = new Promise<null>((done) => window.setTimeout(() => done(null), 1500));
  const told = Promise.race([ringingCall(), late]).then(
    (call) => call && post(`/calls/${call.id}/decline/`, { reason }),
  );
  await Promise.race([told, late]);
  if (phone.view.call === "incoming") phone.hangUp();
}

// The call that rings at him: his phone may ring before its card is here.
let heardRinging: (() => void) | null = null;
function ringingCall(): Promise<DeskState["calls"][number]> {
  return new Promise((found) => {
    heardRinging = () => {
      const call = state.calls.find((one) => one.state === "ringing");
      if (!call) return;
      heardRinging = null;
      found(call);
    };
    heardRinging();
  });
}

function openDialog(id: string): void {
  const dialog = document.querySelector<HTMLDialogElement>(`dialog#${CSS.escape(id)}`);
  if (dialog && !dialog.open) dialog.showModal();
}

function openTransfer(): void {
  const can = allowed(controlledCall(state));
  const written = wrapUp.noteOf(controlledCall(state)?.id ?? 0);
  if (canGiveAway()) transfer.open(can.has("transfer"), can.has("consult"), written);
}

function canGiveAway(): boolean {
  const can = allowed(controlledCall(state));
  return talkedCall(state) !== null || can.has("transfer") || can.has("consult");
}

function toAnswer(back: string): void {
  const call = talkedCall(state);
  const name = find<HTMLSelectElement>("answer-name").value;
  transfer.close();
  if (call) void post(`/calls/${call.id}/standard-answer/`, { name, back });
}

const dialling = new Dialling({
  send: (fields) => send("/desk/dial/", fields),
  dial: (number) => phone.dial(number),
  hasPhone: () => phone.view.status === "registered",
  refused: (detail) => toast(`${texts.failed} ${detail}`),
  ringing: () => toast(texts.rings_you),
});

function dial(text: string): void {
  const number = dialText(text);
  if (number) void dialling.order({ number });
  else if (text.trim()) toast(texts.not_a_number);
}

function press(name: string): void {
  const button = document.querySelector<HTMLButtonElement>(`[data-testid="${name}"]`);
  if (button && (button.disabled || button.closest("[hidden]"))) return;
  actions[name]?.();
}

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const key = target?.closest<HTMLElement>("[data-key]")?.dataset["key"];
  if (key) phone.key(key);
  const wish = wishOf(target);
  if (wish) {
    event.preventDefault();
    find<HTMLInputElement>("dial-input").value = wish.number ?? "";
    void dialling.order(wish);
  }
  const party = target?.closest<HTMLElement>("[data-drop]")?.dataset["drop"];
  if (party) operations.ask(state, "drop", { party });
  const back = target?.closest<HTMLElement>("[data-back]")?.dataset["back"];
  if (back) operations.getBack(state, Number(back));
  const dialog = target?.closest<HTMLElement>("[data-dialog]")?.dataset["dialog"];
  if (dialog) openDialog(dialog);
  const reason = target?.closest<HTMLElement>("[data-decline]")?.dataset["decline"];
  if (reason !== undefined) void decline(reason);
  const name = target?.closest<HTMLElement>("[data-testid]")?.dataset["testid"];
  if (name && target?.closest("button")) press(name);
});
find<HTMLInputElement>("dial-input").addEventListener("keydown", (event) => {
  if (event.key === "Enter") press("dial");
});
listenToKeys(config.shortcuts, () => preferences.value.shortcuts, press);
listenToLiveKeys();
keepPressed();
bindMenu(`${kept}:closed-sections`);
bindBoard();
bindPageScripts();
useDevices();
// A part of the page that could not be loaded or a form that was refused: say so.
document.addEventListener("htmx:responseError", (event) => {
  const { xhr } = (event as CustomEvent<{ xhr: XMLHttpRequest }>).detail;
  let reason = String(xhr.status);
  try {
    reason = (JSON.parse(xhr.responseText) as { detail?: string }).detail ?? reason;
  } catch {
    // Not JSON: an error page; its number must do.
  }
  toast(`${texts.failed} ${reason}`);
});
document.addEventListener("htmx:sendError", () =>
  toast(`${texts.failed} ${texts.connection["offline"] ?? ""}`),
);
window.addEventListener("beforeunload", (event) => {
  if (phone.view.call !== "none") event.preventDefault();
});
if (config.sip) phone.start(config.sip);
socket.open();
watchPresenceWhileShown(socket);
window.setInterval(paint, 1000);
paint();

// For tests: what the phone has sent and heard.
Object.assign(window, { huawuTraffic: () => phone.traffic() });
