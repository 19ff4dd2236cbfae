// What every part of the page is drawn from.
import type { Pending } from "../control";
import type { PhoneView } from "../phone";
import type { DeskState } from "../state";
import type { Texts } from "../texts";

export interface Page {
  state: DeskState;
  phone: PhoneView;
  texts: Texts;
  now: number;
  // The operation that was asked for and has not come back.
  pending: Pending | null;
  // Another page of this person is his desk now.
  isElsewhere: boolean;
  hasBeenFresh: boolean;
}
