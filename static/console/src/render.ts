// Put the state on the page, part by part. data-testid names, stable for tests and outside checks:
//   desk-state, desk-timer, wrap-up-more, phone-state, connection, call-card, call-state, caller-name, caller-number,
//   caller-level, is-call-back, caller-region, dialled, call-queue, call-path, call-past, call-note, call-timer,
//   transferred-by, declined, sign-in, sign-out, ready, pause, pause-reason, answer, decline, hangup, mute, hold,
//   transfer, swap, complete, cancel, conference, leave, invite, take-back, park, unpark, sent, drop, parties, party, keypad, keypad-toggle,
//   dial-input, dial, voicemail-new, tasks-todo, to-call-back, to-survey, to-answer, customer-link, toast,
//   stale, elsewhere, use-here
import { announceCall } from "./announce";
import { mark, setText } from "./dom";
import { renderAgent } from "./parts/agent";
import { renderCall } from "./parts/card";
import { renderControls } from "./parts/controls";
import { renderLink } from "./parts/link";
import type { Page } from "./parts/page";
import { renderParties, renderSent } from "./parts/parties";
import { shownCall } from "./state";

export { find, toast } from "./dom";
export type { Page } from "./parts/page";
export { surveyCall, talkedCall } from "./talked";

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
  setText("to-call-back", state.toCallBack ? String(state.toCallBack) : "");
  setText("orders-todo", state.ordersTodo ? String(state.ordersTodo) : "");
  setText("inspections-todo", state.inspectionsTodo ? String(state.inspectionsTodo) : "");
  renderCall(page, shownCall(state));
  renderControls(page);
  renderParties(page);
  renderSent(page);
  renderLink(page);
  announceCall(page);
}
