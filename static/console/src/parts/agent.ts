// The agent's own state, how long it is, and the buttons that change it.
import { clock, find, setText, show } from "../dom";
import { agentTimer, shownAgent } from "../state";
import type { Page } from "./page";

export function renderAgent({ state, texts, now }: Page): void {
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
