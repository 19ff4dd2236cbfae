// The desk's state and how events change it. Pure: no DOM, no network, no clock.
// Shapes: docs/architecture.md, "Streams to browsers".

export interface Named {
  number: string;
  name: string;
}

export interface AgentState extends Named {
  state: "signed_out" | "ready" | "paused";
  pause_reason: string;
  since: string | null;
  phone: "web" | "desk" | "pstn";
  queues: Named[];
  // What the agent does as Asterisk sees it, "" while nobody sees it; `state` is his wish.
  live_state: string;
  live_since: string | null;
  until: string | null;
}

// What the desk shows of the agent: what he does, and what he will be after it.
export interface ShownAgent {
  state: string;
  reason: string;
  next: string;
  since: string | null;
  until: string | null;
}

export interface Party {
  uniqueid: string;
  kind: "customer" | "agent" | "external";
  number: string;
  name: string;
  // `gone`: the customer hung up in a consultation, which goes on.
  state: "ringing" | "talking" | "held" | "gone";
}

export interface Control {
  mode: "plain" | "held" | "consulting" | "conference" | "transferring";
  parties: Party[];
  // What may be done just now; the server knows best.
  operations: string[];
  // Of the call's talk: recorded, paused, or not at all.
  recording?: "on" | "paused" | "";
}

export interface Transfer {
  by: Named;
  // What he wrote for whom he gives the call to; "" for nothing.
  note?: string;
}

export interface CallCard {
  id: number;
  linkedid: string;
  uniqueid: string;
  direction: "in" | "out" | "internal";
  state: "ivr" | "queued" | "ringing" | "talking" | "held" | "voicemail" | "ended";
  caller: { number: string; e164: string; name: string; region: string; carrier: string };
  dialled: string;
  customer: null | {
    id: number;
    name: string;
    level: string;
    type: string;
    owner: string;
    note: string;
    tags: string[];
    numbers: string[];
  };
  queue: Named | null;
  agent: Named | null;
  path: { node: string; keys: string }[];
  past_calls: { count: number; last_agent: string; last_at: string | null };
  started_at: string | null;
  queued_at: string | null;
  answered_at: string | null;
  ended_at: string | null;
  wait_ms: number | null;
  talk_ms: number | null;
  outcome: string;
  is_call_back: boolean;
  // What the agent may do with it; null or missing when it is not his. See control.ts.
  control?: Control | null;
  // Who gave him the call or asks him about it.
  transfer?: Transfer | null;
  // Who declined what this agent wanted to give him, and why.
  declined?: { by: Named; reason: string } | null;
  // What else of the customer is open, such as work orders: each opens its page.
  open_items?: { kind: string; title: string; url: string }[];
}

export interface DeskState {
  seq: number;
  isFresh: boolean;
  needsSnapshot: boolean;
  agent: AgentState | null;
  // Whether somebody sees what agents do: a dead distributor tells nothing any more.
  isSeen: boolean;
  calls: CallCard[];
  lastEnded: CallCard | null;
  voicemailNew: number;
  tasksTodo: number;
  ordersTodo: number;
  inspectionsTodo: number;
  missed: number;
  // Numbers that wait to be called back and that no colleague has claimed.
  toCallBack: number;
  linkUp: boolean;
  failure: { action: string; code: string; message: string } | null;
}

export interface Envelope {
  v: number;
  seq: number;
  kind: string;
  // The server's time, ISO 8601.
  at?: string;
  data: Record<string, unknown>;
}

export const EMPTY: DeskState = {
  seq: 0,
  isFresh: false,
  needsSnapshot: false,
  agent: null,
  isSeen: true,
  calls: [],
  lastEnded: null,
  voicemailNew: 0,
  tasksTodo: 0,
  ordersTodo: 0,
  inspectionsTodo: 0,
  missed: 0,
  toCallBack: 0,
  linkUp: true,
  failure: null,
};

// Return the state after one event. An event older than the state changes nothing; a hole in the
// numbers keeps the state but asks for a snapshot: values are absolute, so nothing shown is wrong.
export function reduce(state: DeskState, event: Envelope): DeskState {
  if (event.kind === "snapshot") return fromSnapshot(state, event);
  if (event.kind === "pong") {
    // The last event of a stream leaves no hole when it is lost: nothing comes after it.
    const isSeen = event.data["seen"] !== false;
    // A snapshot of a moment in which the listener was silent says "down", and no event takes it back.
    const linkUp = typeof event.data["link"] === "boolean" ? event.data["link"] : state.linkUp;
    if (event.seq > state.seq) return { ...state, isSeen, linkUp, needsSnapshot: true };
    return isSeen === state.isSeen && linkUp === state.linkUp ? state : { ...state, isSeen, linkUp };
  }
  if (event.seq <= state.seq) return state;
  const next = {
    ...state,
    seq: event.seq,
    needsSnapshot: state.needsSnapshot || event.seq > state.seq + 1,
  };
  switch (event.kind) {
    case "agent.changed":
      return withAgent(next, event.data as unknown as AgentState);
    case "call.changed":
      return withCall(next, event.data as unknown as CallCard);
    case "voicemail.changed":
      return { ...next, voicemailNew: counted(next.voicemailNew, event.data) };
    case "task.changed":
      return { ...next, tasksTodo: event.data["todo_count"] as number };
    case "missed.changed":
      return { ...next, toCallBack: event.data["to_call_back"] as number };
    case "order.changed":
    case "order.due":
      return { ...next, ordersTodo: event.data["todo_count"] as number };
    case "inspection.changed":
      return { ...next, inspectionsTodo: event.data["inspections_todo"] as number };
    case "link.changed":
      return { ...next, linkUp: event.data["up"] === true };
    case "command.failed":
      return { ...next, failure: event.data as unknown as DeskState["failure"] };
    default:
      return next;
  }
}

// Whether the agent's own figures are others now; a snapshot may stand for what was missed.
export function isDayChange(event: Envelope): boolean {
  if (event.kind === "call.changed") return event.data["state"] === "ended";
  return event.kind === "agent.changed" || event.kind === "snapshot";
}

export function disconnected(state: DeskState): DeskState {
  return { ...state, isFresh: false };
}

// Whether to ask for a snapshot now: once for a hole, not again for every event until it comes.
export function mustAsk(before: DeskState, after: DeskState): boolean {
  return after.needsSnapshot && !before.needsSnapshot;
}

export function failureSeen(state: DeskState): DeskState {
  return { ...state, failure: null };
}

// What he does comes before what he wishes, as long as somebody sees it. In a talk, "busy" waits.
export function shownAgent(state: DeskState): ShownAgent {
  const agent = state.agent;
  const nothing = { reason: "", next: "", since: null, until: null };
  if (agent === null || agent.state === "signed_out") return { ...nothing, state: "signed_out" };
  const isSeen = state.isFresh && state.linkUp && state.isSeen && agent.live_state !== "";
  if (!isSeen) return { ...nothing, state: agent.state, reason: agent.pause_reason, since: agent.since };
  const isWaiting = agent.state === "paused" && agent.live_state !== "paused";
  return {
    state: agent.live_state,
    reason: agent.live_state === "paused" ? agent.pause_reason : "",
    next: isWaiting ? agent.state : "",
    since: agent.live_since,
    until: agent.until,
  };
}

// Milliseconds to show beside the state: what is left when it ends by itself, else how long it is.
export function agentTimer(shown: ShownAgent, now: number): number | null {
  if (shown.until !== null) return Math.max(0, Date.parse(shown.until) - now);
  return shown.since === null ? null : Math.max(0, now - Date.parse(shown.since));
}

// The call that the desk shows: one that rings or talks before one that has just ended.
export function shownCall(state: DeskState): CallCard | null {
  const order = ["talking", "held", "ringing", "queued", "ivr", "voicemail"];
  // One that was given away or parked is not in hand: every other comes before it.
  const rank = (call: CallCard) => (isSent(call) ? order.length : order.indexOf(call.state));
  const live = [...state.calls].sort((a, b) => rank(a) - rank(b));
  return live[0] ?? state.lastEnded;
}

// Whether the agent has sent the customer on (or parked him) and nobody has him yet.
export function isSent(call: CallCard): boolean {
  return call.control?.mode === "transferring";
}

function fromSnapshot(state: DeskState, event: Envelope): DeskState {
  const data = event.data as {
    agent: AgentState | null;
    calls: CallCard[];
    voicemail_new: number;
    tasks_todo: number;
    orders_todo: number;
    inspections_todo?: number;
    missed: number;
    to_call_back?: number;
    link: { up: boolean };
  };
  return {
    ...state,
    seq: event.seq,
    isFresh: true,
    needsSnapshot: false,
    agent: data.agent,
    isSeen: true,
    calls: data.calls.filter((call) => call.state !== "ended"),
    voicemailNew: data.voicemail_new,
    tasksTodo: data.tasks_todo,
    ordersTodo: data.orders_todo,
    inspectionsTodo: data.inspections_todo ?? 0,
    missed: data.missed,
    toCallBack: data.to_call_back ?? 0,
    linkUp: data.link.up,
  };
}

function withAgent(state: DeskState, agent: AgentState): DeskState {
  return { ...state, agent, isSeen: state.isSeen || agent.live_state !== "" };
}

function withCall(state: DeskState, call: CallCard): DeskState {
  const others = state.calls.filter((known) => known.id !== call.id);
  if (call.state === "ended") {
    // Counted once, when it leaves the list: the same card may come again. A call that went on to
    // a colleague has no end yet and is not missed.
    const isMissed =
      others.length < state.calls.length &&
      call.direction === "in" &&
      call.ended_at !== null &&
      call.answered_at === null;
    return { ...state, calls: others, lastEnded: call, missed: state.missed + (isMissed ? 1 : 0) };
  }
  return { ...state, calls: [...others, call], lastEnded: null };
}

function counted(count: number, data: Record<string, unknown>): number {
  if (typeof data["new_count"] === "number") return data["new_count"];
  return data["state"] === "new" ? count + 1 : count;
}
