// A screen on the wall: big, dark, nothing to press, fitted to its size. Its token stands after the #
// of its address, is said once over the socket, and is nowhere else.
import { clock, find, made } from "../dom";
import { readJson } from "../texts";
import { BoardLink } from "./link";
import { alarmText } from "./rows";
import { empty, reduce, staleFor, type AgentRow, type AlarmRow, type QueueRow, type TrunkRow } from "./state";
import { count, setCell, sync } from "./table";
import { known, percent, type BoardConfig } from "./texts";

const config = readJson<Pick<BoardConfig, "texts">>("board-config");
const { texts } = config;
let board = empty();
let refused = "";

const FIGURES = [
  ["longest", texts.longest],
  ["expected", texts.expected],
  ["level_now", texts.level_now],
  ["level_today", texts.level_today],
  ["abandoned", texts.abandoned],
  ["ready", texts.agents_ready],
  ["talking", texts.agents_talking],
  ["wrap_up", texts.agents_wrap_up],
  ["paused", texts.agents_paused],
] as const;

function makeQueue(number: string): HTMLElement {
  const card = made("article", "wall-queue");
  card.dataset["testid"] = "wall-queue";
  card.dataset["queue"] = number;
  const waiting = made("p", "wall-waiting");
  waiting.append(made("b"), made("span", "", texts.waiting));
  const list = made("dl");
  for (const [name, label] of FIGURES) {
    const value = made("dd");
    value.dataset["figure"] = name;
    const pair = made("div");
    pair.append(made("dt", "", label), value);
    list.append(pair);
  }
  card.append(made("h2"), waiting, list);
  return card;
}

function fillQueue(card: HTMLElement, one: QueueRow): void {
  const say = (name: string, text: string) =>
    setCell(card.querySelector(`[data-figure="${name}"]`) as HTMLElement, text);
  setCell(card.querySelector("h2") as HTMLElement, `${one.number} ${one.name}`);
  setCell(card.querySelector("b") as HTMLElement, String(one.waiting));
  card.dataset["waits"] = String(one.waiting > 0);
  setCell(
    card.querySelector('[data-figure="longest"]') as HTMLElement,
    one.longest_since ? { since: one.longest_since } : texts.none,
  );
  say("expected", one.expected_s === null ? texts.none : clock(1000 * one.expected_s));
  say("level_now", percent(one.level_now, texts.none));
  say("level_today", percent(one.level_today, texts.none));
  say("abandoned", `${one.abandoned} / ${one.offered}`);
  for (const state of ["ready", "talking", "wrap_up", "paused"] as const) say(state, String(one.agents[state]));
}

function makeAgent(): HTMLElement {
  const item = made("li");
  item.dataset["testid"] = "wall-agent";
  item.append(made("span", "wall-name"), made("span", "wall-state"), made("span", "timer"));
  return item;
}

function fillAgent(item: HTMLElement, one: AgentRow): void {
  const [name, state, since] = [...item.children] as HTMLElement[];
  item.dataset["state"] = one.state;
  setCell(name as HTMLElement, one.name);
  setCell(state as HTMLElement, texts.state[one.state] ?? one.state);
  setCell(since as HTMLElement, { since: one.since });
}

function fillTrunk(item: HTMLElement, one: TrunkRow): void {
  item.dataset["up"] = known(one.is_up);
  setCell(item, `${one.name} ${one.busy}/${one.limit} ${texts.trunk[known(one.is_up)]}`);
}

function fillAlarm(item: HTMLElement, one: AlarmRow): void {
  item.dataset["severity"] = one.severity;
  item.dataset["acknowledged"] = one.acknowledged ? "1" : "";
  const who = one.acknowledged ? ` · ${texts.acknowledged.replace("%s", one.acknowledged)}` : "";
  setCell(item, `${one.name} · ${alarmText(one, texts)}${who}`);
}

function item(name: string): () => HTMLElement {
  return () => {
    const found = made("li");
    found.dataset["testid"] = name;
    return found;
  };
}

// As many columns and such letters that all cards fit without scrolling.
function fit(cards: number, agents: number): void {
  const wide = agents > 0 ? 0.76 : 1;
  const ratio = (window.innerWidth * wide) / Math.max(1, window.innerHeight);
  const columns = Math.max(1, Math.min(cards, Math.ceil(Math.sqrt((cards * ratio) / 1.6))));
  const lines = Math.max(1, Math.ceil(cards / columns));
  const style = document.body.style;
  style.setProperty("--columns", String(columns));
  style.setProperty("--lines", String(lines));
  style.setProperty("--agents", String(Math.max(12, agents)));
  document.body.dataset["side"] = String(agents > 0);
}

function keyed<R>(rows: Record<string, R>): [string, R][] {
  return Object.entries(rows).sort(([one], [other]) => one.localeCompare(other, undefined, { numeric: true }));
}

function draw(): void {
  const { rows } = board;
  const signedIn = keyed(rows.agents).filter(([, one]) => one.state !== "signed_out");
  sync(find("wall-queues"), keyed(rows.queues), makeQueue, fillQueue);
  sync(find("wall-agents"), signedIn, makeAgent, fillAgent);
  sync(find("wall-trunks"), keyed(rows.trunks), item("wall-trunk"), fillTrunk);
  sync(find("wall-alarms"), keyed(rows.alarms), item("wall-alarm"), fillAlarm);
  fit(Object.keys(rows.queues).length, signedIn.length + Object.keys(rows.trunks).length);
  tick();
}

function tick(): void {
  const now = Date.now();
  const old = staleFor(board, now);
  const isOld = old > 0 || refused !== "";
  document.body.dataset["state"] = refused ? "refused" : isOld ? "old" : "live";
  const stale = find("wall-stale");
  stale.hidden = !isOld || (!board.hasSnapshot && refused === "");
  const seconds = texts.seconds.replace("%s", String(Math.round(old / 1000)));
  stale.textContent = refused || texts.stale.replace("%s", seconds);
  const link = board.rows.link["link"];
  setCell(find("wall-link"), link && !link.is_up ? texts.link.down : "");
  const at = new Date(now - board.skew);
  setCell(find("wall-clock"), at.toLocaleTimeString(document.documentElement.lang, { hour12: false }));
  if (!isOld) count(document.body, now - board.skew);
}

const token = decodeURIComponent(location.hash.slice(1));
const link = new BoardLink(
  "/ws/board/wall/",
  {
    onMessage: (message) => {
      const { board: next, isHole } = reduce(board, message, Date.now());
      const isNew = next.rows !== board.rows;
      board = next;
      if (isHole) link.askSnapshot();
      if (isNew) draw();
      else tick();
    },
    onRefused: () => {
      refused = texts.revoked;
      // A revoked screen shows nothing any more.
      board = empty();
      draw();
    },
  },
  { type: "wall", token },
);
window.setInterval(tick, 500);
window.addEventListener("resize", draw);
window.addEventListener("hashchange", () => location.reload());
tick();
