// The live board's page: a script of its own, loaded by the desk where the board is shown.
import { find } from "../dom";
import { readJson } from "../texts";
import { Actions } from "./actions";
import { AlarmSound } from "./alarm_sound";
import { everything, showsAgent, showsCall, showsQueue, sorted, type Filters, type Sorting } from "./filters";
import { BoardLink } from "./link";
import { RowMaker } from "./rows";
import { empty, reduce, staleFor, type AgentRow, type Message, type Rows } from "./state";
import { count, sayEmpty, sync } from "./table";
import type { BoardConfig } from "./texts";

const FIRST: Record<string, Sorting> = {
  queues: { by: "number", isDown: false },
  agents: { by: "state", isDown: false },
  calls: { by: "started", isDown: false },
  trunks: { by: "name", isDown: false },
};

class BoardPage {
  private board = empty();
  private readonly config: BoardConfig;
  private readonly sound = new AlarmSound();
  private readonly actions: Actions;
  private readonly rows: RowMaker;
  private readonly link: BoardLink;
  private readonly ticker: number;
  private filters: Filters = everything;
  private readonly sortings: Record<string, Sorting> = structuredClone(FIRST);
  private refused = "";

  constructor(readonly root: HTMLElement) {
    this.config = JSON.parse(root.dataset["config"] ?? "null") as BoardConfig;
    const csrf = readJson<{ csrf: string }>("desk-config").csrf;
    this.actions = new Actions(this.config, csrf, () => this.draw());
    this.rows = new RowMaker(this.config, this.actions);
    this.bind();
    this.link = new BoardLink("/ws/board/", {
      onMessage: (message) => this.heard(message),
      onRefused: (isFull) => {
        this.refused = isFull ? this.config.texts.full : this.config.texts.signed_out;
        this.tick();
      },
    });
    this.ticker = window.setInterval(() => this.tick(), 500);
    this.tick();
  }

  close(): void {
    window.clearInterval(this.ticker);
    this.link.close();
    this.sound.close();
  }

  private heard(message: Message): void {
    const { board, isHole } = reduce(this.board, message, Date.now());
    const isNew = board.rows !== this.board.rows;
    this.board = board;
    if (isHole) this.link.askSnapshot();
    if (isNew) this.draw();
    this.tick();
  }

  private bind(): void {
    const form = find<HTMLFormElement>("board-filters");
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", () => {
      const given = new FormData(form);
      const ids = String(given.get("department") ?? "").split(" ").filter(Boolean).map(Number);
      const queue = String(given.get("queue") ?? "");
      const search = String(given.get("search") ?? "").trim();
      this.filters = { departments: new Set(ids), queue, search };
      this.draw();
    });
    const button = find("board-sound");
    button.addEventListener("click", () => {
      this.sound.toggle();
      button.setAttribute("aria-pressed", String(this.sound.isOn));
      button.textContent = this.sound.isOn ? this.config.texts.sound_on : this.config.texts.sound_off;
      this.tick();
    });
    for (const head of this.root.querySelectorAll<HTMLElement>("th[data-sort]")) this.bindHead(head);
  }

  private bindHead(head: HTMLElement): void {
    const part = head.closest<HTMLElement>("[data-board]")?.dataset["board"] ?? "";
    const by = head.dataset["sort"] ?? "";
    const button = document.createElement("button");
    button.type = "button";
    button.className = "board-sort";
    button.textContent = head.textContent;
    button.title = head.title;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const now = this.sortings[part];
      this.sortings[part] = { by, isDown: now?.by === by && !now.isDown };
      this.draw();
    });
  }

  private draw(): void {
    const rows = this.board.rows;
    for (const id of this.actions.revealed.keys()) {
      if (!rows.calls[String(id)]) this.actions.revealed.delete(id);
    }
    this.drawTables(rows);
    const alarms = Object.values(rows.alarms).sort((one, other) => other.raised.localeCompare(one.raised));
    const keyed = alarms.map((one): [string, typeof one] => [String(one.id), one]);
    sync(find("board-alarms"), keyed, this.rows.alarm, this.rows.fillAlarm);
    this.offerQueues(rows);
    find("board-lines").hidden = Object.keys(rows.trunks).length === 0;
    for (const head of this.root.querySelectorAll<HTMLElement>("th[data-sort]")) {
      const part = head.closest<HTMLElement>("[data-board]")?.dataset["board"] ?? "";
      const sorting = this.sortings[part];
      const isBy = sorting?.by === head.dataset["sort"];
      if (isBy) head.setAttribute("aria-sort", sorting?.isDown ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
    count(this.root, Date.now() - this.board.skew);
  }

  private drawTables(rows: Rows): void {
    const { filters, config } = this;
    const agentOf = new Map<number, AgentRow>();
    for (const agent of Object.values(rows.agents)) if (agent.call !== null) agentOf.set(agent.call, agent);
    this.table(
      "queues",
      Object.values(rows.queues).filter((one) => showsQueue(one, filters)),
      (one) => one.number,
      this.rows.queue,
      this.rows.fillQueue,
    );
    this.table(
      "agents",
      Object.values(rows.agents).filter((one) => showsAgent(one, filters)),
      (one) => one.number,
      this.rows.agent,
      (element, one) => this.rows.fillAgent(element, one, rows),
    );
    this.table(
      "calls",
      Object.values(rows.calls).filter((one) => showsCall(one, agentOf.get(one.id), rows, filters)),
      (one) => String(one.id),
      this.rows.call,
      (element, one) => this.rows.fillCall(element, one, agentOf.get(one.id)),
    );
    this.table("trunks", Object.values(rows.trunks), (one) => one.name, this.rows.trunk, this.rows.fillTrunk);
    for (const [part, text] of Object.entries(config.texts.empty)) {
      const table = this.root.querySelector(`[data-board="${part}"]`);
      const body = table?.querySelector("tbody");
      if (table && body) sayEmpty(body, table.querySelectorAll("thead th").length, text);
    }
  }

  private table<R extends object>(
    part: string,
    rows: R[],
    keyOf: (row: R) => string,
    make: (key: string) => HTMLElement,
    fill: (element: HTMLElement, row: R) => void,
  ): void {
    const body = this.root.querySelector(`[data-board="${part}"] tbody`);
    if (!body) return;
    const ordered = sorted(rows, this.sortings[part] ?? { by: "number", isDown: false });
    sync(body, ordered.map((row): [string, R] => [keyOf(row), row]), make, fill);
  }

  private offerQueues(rows: Rows): void {
    const select = this.root.querySelector<HTMLSelectElement>("#board-queue");
    const numbers = Object.values(rows.queues);
    if (!select || select.options.length === numbers.length + 1) return;
    const chosen = select.value;
    const all = select.options[0] as HTMLOptionElement;
    const offered = numbers.map((one) => new Option(`${one.number} ${one.name}`, one.number));
    select.replaceChildren(all, ...offered);
    select.value = numbers.some((one) => one.number === chosen) ? chosen : "";
  }

  // What follows the clock: timers, whether this is old, the sound.
  private tick(): void {
    const { texts } = this.config;
    const now = Date.now();
    const old = staleFor(this.board, now);
    const isOld = old > 0 || this.refused !== "";
    this.root.dataset["state"] = isOld ? "old" : "live";
    const status = find("board-link");
    status.dataset["mood"] = isOld ? "bad" : "good";
    const said = isOld ? "" : texts.live;
    if (status.textContent !== said) status.textContent = said;
    const stale = find("board-stale");
    stale.hidden = !isOld || (!this.board.hasSnapshot && this.refused === "");
    const seconds = texts.seconds.replace("%s", String(Math.round(old / 1000)));
    stale.textContent = this.refused || texts.stale.replace("%s", seconds);
    const link = this.board.rows.link["link"];
    const exchange = find("board-exchange");
    exchange.dataset["mood"] = link?.is_up ? "good" : "bad";
    const heard = link ? texts.link[link.is_up ? "up" : "down"] : "";
    if (exchange.textContent !== heard) exchange.textContent = heard;
    const alarms = Object.values(this.board.rows.alarms);
    this.sound.follow(alarms.some((one) => one.has_sound && one.acknowledged === ""));
    this.root.dataset["sounding"] = String(this.sound.isSounding);
    if (!isOld) count(this.root, now - this.board.skew);
  }
}

let page: BoardPage | null = null;

// Another page may have been swapped in; what was the board then must not go on.
function look(): void {
  const root = document.getElementById("board");
  if (page && page.root !== root) {
    page.close();
    page = null;
  }
  if (root && !page) page = new BoardPage(root);
}

document.addEventListener("htmx:afterSettle", look);
look();
