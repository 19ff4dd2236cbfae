// What the page says of itself: that it may be old, or that another page is the desk now.
import { show } from "../dom";
import type { Page } from "./page";

// They ask the server, whose answer an old page would not see. The phone's own buttons stay.
const ASK_SERVER = ["sign-in", "sign-out", "ready", "pause", "pause-reason", "wrap-up-more"];

export function renderLink({ state, isElsewhere, hasBeenFresh }: Page): void {
  show("elsewhere", isElsewhere);
  // The first moment of a page is no loss.
  show("stale", !state.isFresh && !isElsewhere && hasBeenFresh);
  for (const name of ASK_SERVER) {
    const control = document.querySelector<HTMLButtonElement>(`[data-testid="${name}"]`);
    if (control) control.disabled = !state.isFresh;
  }
}
