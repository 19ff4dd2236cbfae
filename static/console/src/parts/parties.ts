// Everybody in the call besides the agent: the customer who waits and the colleague who is asked,
// or all of a conference. Made anew only when something changed, so that the focus stays.
import { allowed, controlledCall } from "../control";
import { find, made, show } from "../dom";
import type { Party } from "../state";
import type { Page } from "./page";

let drawn = "";

export function renderParties(page: Page): void {
  const call = controlledCall(page.state);
  const mode = call?.control?.mode ?? "plain";
  const parties = mode === "plain" || mode === "held" ? [] : (call?.control?.parties ?? []);
  const canDrop = allowed(call).has("drop") && parties.length > 1;
  show("parties", parties.length > 0);
  const dropping = page.pending?.operation ?? "";
  const key = JSON.stringify([call?.id, mode, parties, canDrop, dropping]);
  if (key === drawn) return;
  drawn = key;
  const list = find("parties");
  const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset["drop"] : "";
  list.dataset["mode"] = mode;
  list.dataset["call"] = String(call?.id ?? "");
  list.replaceChildren(...parties.map((party) => card(page, party, canDrop, dropping !== "")));
  if (focused) list.querySelector<HTMLElement>(`[data-drop="${CSS.escape(focused)}"]`)?.focus();
}

function card({ texts }: Page, party: Party, canDrop: boolean, isBusy: boolean): HTMLElement {
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
  if (canDrop) {
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
