// The buttons of the call: only those that do something now; one that was pressed says so until
// the event comes back.
import { allowed, controlledCall, OPERATIONS, type Operation } from "../control";
import { enable, find, setText, show } from "../dom";
import { surveyCall, talkedCall } from "../talked";
import type { Page } from "./page";

// `hold` is one button for two operations, `drop` one for each party, what was sent on has its own.
const OWN_BUTTONS: readonly Operation[] = OPERATIONS.filter(
  (name) => !["hold", "unhold", "consult", "drop", "take-back", "unpark"].includes(name),
);

export function renderControls(page: Page): void {
  const { phone, state, texts, pending } = page;
  const inCall = phone.call !== "none";
  const call = controlledCall(state);
  const can = allowed(call);
  enable("answer", phone.call === "incoming");
  show("decline", phone.call === "incoming");
  enable("hangup", inCall);
  enable("mute", phone.call === "talking");
  // A desk phone or a mobile is rung by the server: no phone of this page is needed.
  const isRung = find("dial").dataset["rung"] === "1";
  enable("dial", !inCall && (isRung || phone.status === "registered"));
  // Without the server's control (it may be away) the phone's own hold still works.
  const isHeld = call?.control ? call.control.mode === "held" : phone.isHeld;
  enable("hold", call?.control ? can.has("hold") || can.has("unhold") : phone.call === "talking");
  find("mute").setAttribute("aria-pressed", String(phone.isMuted));
  find("hold").setAttribute("aria-pressed", String(isHeld));
  setText("mute", phone.isMuted ? texts.unmute : texts.mute);
  setText("hold", isHeld ? texts.unhold : texts.hold);
  for (const name of OWN_BUTTONS) show(name, can.has(name));
  // Into a conference somebody more is asked first.
  show("invite", can.has("consult") && !can.has("transfer"));
  renderPending(pending?.operation ?? "");
  enable("keypad-toggle", phone.call === "talking");
  if (phone.call !== "talking") showKeypad(false);
  show("to-survey", surveyCall(state) !== null);
  // Not there in a company without standard answers.
  const answers = document.querySelector<HTMLElement>('[data-testid="to-answer"]');
  if (answers) answers.hidden = talkedCall(state) === null;
  document.body.classList.toggle("is-ringing", phone.call === "incoming");
  document.body.classList.toggle("is-in-call", inCall || state.calls.length > 0);
}

// While one thing is under way nothing else is asked of the same call.
function renderPending(operation: string): void {
  for (const name of [...OWN_BUTTONS, "hold", "invite"] as const) {
    const button = find<HTMLButtonElement>(name);
    const isIt = name === operation || (name === "hold" && operation === "unhold")
      || (name !== "hold" && operation === "consult" && ["transfer", "invite"].includes(name));
    button.toggleAttribute("data-pending", isIt);
    if (isIt) button.setAttribute("aria-busy", "true");
    else button.removeAttribute("aria-busy");
    if (name !== "hold" || operation) button.disabled = operation !== "";
  }
}

export function showKeypad(isShown: boolean): void {
  show("keypad", isShown);
  find("keypad-toggle").setAttribute("aria-expanded", String(isShown));
}
