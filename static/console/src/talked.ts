// Which caller can be handed on to the survey or to a standard answer.
import { find } from "./dom";
import { shownCall, type CallCard, type DeskState } from "./state";

// The call whose caller can be handed to the survey: the agent talks with him, and the queue has one.
export function surveyCall(state: DeskState): CallCard | null {
  const call = talkedCall(state);
  const queues = (find("to-survey").dataset["queues"] ?? "").split(" ");
  return queues.includes(call?.queue?.number ?? "-") ? call : null;
}

// The caller with whom the agent talks alone, null when there is none.
export function talkedCall(state: DeskState): CallCard | null {
  const call = shownCall(state);
  const isTalking = call?.state === "talking" || call?.state === "held";
  const isAlone = ["plain", "held"].includes(call?.control?.mode ?? "plain");
  return isTalking && isAlone && call?.direction === "in" ? call : null;
}
