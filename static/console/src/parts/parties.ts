// Everybody in the call besides the agent: the customer who waits and the colleague who is asked,
// or all of a conference. Made anew only when something changed, so that the focus stays.
import { canDrop, controlledCall, sentCalls } from "../control";
import { find, made, show } from "../dom";
import type { CallCard, Party } from "../state";
import type { Page } from "./page";

let drawn = "";

export function renderParties(page: Page): void {
  const call = controlledCall(page.state);
  const mode = call?.control?.mode ?? "plain";
  const parties = mode === "plain" || mode === "held" ? [] : (call?.control?.parties ?? []);
  show("parties", parties.length > 0);
  const dropping = page.pending?.operation ?? "";
  const key = JSON.stringify([call?.id, call?.control, dropping]);
  if (key === drawn) return;
  drawn = key;
  const list = find("parties");
  const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset["drop"] : "";
  list.dataset["mode"] = mode;
  list.dataset["call"] = String(call?.id ?? "");
  list.replaceChildren(...parties.map((party) => card(page, party, canDrop(call, party), dropping !== "")));
  if (focused) list.querySelector<HTMLElement>(`[data-drop="${CSS.escape(focused)}"]`)?.focus();
}

function card({ texts }: Page, party: Party, isDroppable: boolean, isBusy: boolean): HTMLElement {
  const item = made("li", "party");
  item.dataset["testid"] = "party";
  item.dataset["kind"] = party.kind;
  item.dataset["state"] = party.state;
  item.dataset["uniqueid"] = party.uniqueid;
  const name = made("div", "party-name");
  name.append(made("strong", "", party.name || party.number || texts.unknown));
  if (party.name && party.number) name.append(" ", made("span", "text-body-secondary", party.number));
  const state = texts.party[party.state] ?? party.state;
  item.append(
    made("span", "party-kind", texts.party[party.kind] ?? party.kind),
    name,
    made("span", "badge party-state", state),
  );
  if (isDroppable) {
    const button = made("button", "btn btn-sm btn-outline-danger", texts.drop);
    button.type = "button";
    button.dataset["drop"] = party.uniqueid;
    button.dataset["testid"] = "drop";
    button.disabled = isBusy;
    button.setAttribute("aria-label", `${texts.drop}: ${party.name || party.number}`);
    item.append(button);
  }
  return item;
}

let sentDrawn = "";

// The customers who were sent on or parked: each can be had back while nobody has him.
export function renderSent(page: Page): void {
  const calls = sentCalls(page.state);
  const isBusy = page.pending !== null;
  show("sent", calls.length > 0);
  const key = JSON.stringify([calls.map((call) => [call.id, call.control]), isBusy]);
  if (key === sentDrawn) return;
  sentDrawn = key;
  const list = find("sent");
  const hadFocus = list.contains(document.activeElement);
  list.replaceChildren(...calls.map((call) => sentCard(page, call, isBusy)));
  if (hadFocus) list.querySelector("button")?.focus();
}

function sentCard({ texts }: Page, call: CallCard, isBusy: boolean): HTMLElement {
  const item = made("li", "party");
  item.dataset["testid"] = "sent-call";
  item.dataset["state"] = "held";
  const isParked = call.control?.operations.includes("unpark") ?? false;
  const others = (call.control?.parties ?? []).filter((party) => party.kind !== "customer");
  const to = others.map((party) => [party.number, party.name].filter(Boolean).join(" ")).join(", ");
  const kind = isParked ? texts.party["parked"] : texts.party["sent"];
  const name = made("div", "party-name");
  name.append(made("strong", "", call.customer?.name || call.caller.name || call.caller.number || texts.unknown));
  if (to) name.append(" → ", to);
  const button = made("button", "btn btn-sm btn-warning", isParked ? texts.party["unpark"] : texts.party["take_back"]);
  button.type = "button";
  button.dataset["back"] = String(call.id);
  button.dataset["testid"] = isParked ? "unpark" : "take-back";
  button.title = "Alt+B";
  button.disabled = isBusy;
  item.append(made("span", "party-kind", kind), name, button);
  return item;
}
