// Ask the server for operations on the call, and know which one has not come back yet.
import {
  asked, allowed, controlledCall, isAnswered, isLate, sentCalls, type Operation, type Pending,
} from "./control";
import type { CallCard, DeskState } from "./state";

export type Post = (path: string, fields?: Record<string, string>) => Promise<boolean>;

// Operations that are a button and nothing else.
const PLAIN: readonly Operation[] = ["swap", "complete", "cancel", "conference", "leave", "park"];

export class Operations {
  pending: Pending | null = null;

  constructor(
    private readonly post: Post,
    private readonly onChange: () => void,
    private readonly onLate: () => void,
    private readonly now: () => number = Date.now,
  ) {}

  // Ask for an operation on the call in hand, or on another. False when it is not possible now.
  ask(
    state: DeskState,
    operation: Operation,
    fields: Record<string, string> = {},
    call: CallCard | null = controlledCall(state),
  ): boolean {
    if (call === null || this.pending !== null || !allowed(call).has(operation)) return false;
    const pending = asked(state, call.id, operation, this.now());
    this.pending = pending;
    this.onChange();
    void this.post(`/calls/${call.id}/${operation}/`, fields).then((isTaken) => {
      if (!isTaken && this.pending === pending) this.pending = null;
      this.onChange();
    });
    return true;
  }

  // Hold or take back from hold through the server; false when the phone has to do it.
  toggleHold(state: DeskState): boolean {
    const mode = controlledCall(state)?.control?.mode;
    if (mode === undefined) return false;
    this.ask(state, mode === "held" ? "unhold" : "hold");
    return true;
  }

  // Get a customer back who was sent on or parked: the one of this call, else the last.
  getBack(state: DeskState, id?: number): boolean {
    const sent = sentCalls(state);
    const call = id === undefined ? sent.at(-1) : sent.find((one) => one.id === id);
    if (call === undefined) return false;
    return this.ask(state, allowed(call).has("unpark") ? "unpark" : "take-back", {}, call);
  }

  buttons(state: () => DeskState): Record<string, () => void> {
    return Object.fromEntries(PLAIN.map((name) => [name, () => void this.ask(state(), name)]));
  }

  // A command that was taken and then failed on Asterisk.
  failed(): void {
    this.pending = null;
  }

  look(state: DeskState): void {
    if (this.pending === null) return;
    if (isAnswered(this.pending, state)) this.pending = null;
    else if (isLate(this.pending, this.now())) {
      this.pending = null;
      this.onLate();
    }
  }
}
