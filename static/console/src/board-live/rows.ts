// How each kind of row of the board's page is made and filled.
import { made } from "../dom";
import type { Actions } from "./actions";
import type { AgentRow, AlarmRow, CallRow, QueueRow, Rows, TrunkRow } from "./state";
import { setCell } from "./table";
import { address, known, percent, type BoardConfig } from "./texts";

const QUEUE_COUNTS = [
  ["offered", ""],
  ["answered", "answered"],
  ["abandoned", "abandoned"],
  ["flowed_out", "flowed_out"],
] as const;
const STAFF = ["ready", "talking", "wrap_up", "paused", "signed_out"] as const;

function link(url: string, text = ""): HTMLAnchorElement {
  const found = made("a", "", text);
  found.href = url;
  return found;
}

function cells(row: HTMLElement, many: number): HTMLElement[] {
  const found = [...row.children] as HTMLElement[];
  while (found.length < many) found.push(row.appendChild(made("td")));
  return found;
}

function row(name: string, head: HTMLElement): HTMLElement {
  const found = made("tr");
  found.dataset["testid"] = name;
  const first = made("th");
  first.scope = "row";
  first.append(head);
  found.append(first);
  return found;
}

export class RowMaker {
  constructor(
    private readonly config: BoardConfig,
    private readonly actions: Actions,
  ) {}

  queue = (number: string): HTMLElement => {
    const found = row("board-queue", link(`${this.config.urls.visits}?period=today&queue=${number}`));
    found.dataset["queue"] = number;
    const all = cells(found, 15);
    QUEUE_COUNTS.forEach(([name, how], place) => {
      const url = `${this.config.urls.visits}?period=today&queue=${number}${how ? `&how=${how}` : ""}`;
      const to = link(url);
      to.dataset["figure"] = name;
      all[6 + place]?.append(to);
    });
    return found;
  };

  fillQueue = (element: HTMLElement, one: QueueRow): void => {
    const { texts } = this.config;
    const all = cells(element, 15);
    const say = (place: number, text: string) => setCell(all[place] as HTMLElement, text);
    setCell(all[0]?.firstElementChild as HTMLElement, `${one.number} ${one.name}`);
    say(1, String(one.waiting));
    setCell(all[2] as HTMLElement, one.longest_since ? { since: one.longest_since } : texts.none);
    say(3, one.expected_s === null ? texts.none : texts.seconds.replace("%s", String(one.expected_s)));
    say(4, percent(one.level_now, texts.none));
    say(5, percent(one.level_today, texts.none));
    for (const [name] of QUEUE_COUNTS) {
      setCell(element.querySelector(`[data-figure="${name}"]`) as HTMLElement, String(one[name]));
    }
    STAFF.forEach((state, place) => say(10 + place, String(one.agents[state])));
    element.classList.toggle("table-danger", !one.is_balanced);
    element.title = one.is_balanced ? "" : texts.unbalanced;
    element.classList.toggle("board-waits", one.waiting > 0);
  };

  agent = (number: string): HTMLElement => {
    const { texts, urls } = this.config;
    const found = row("board-agent", link(address(urls.day, number)));
    found.dataset["agent"] = number;
    const all = cells(found, this.config.may_force ? 7 : 6);
    all[1]?.append(made("span", "badge state"), made("span", "ms-1"));
    if (this.config.may_force) {
      all[6]?.append(
        this.button(texts.ready, "outline-success", "force-ready", () => this.actions.state(number, "ready")),
        this.button(texts.busy, "outline-warning", "force-busy", () => this.actions.state(number, "paused")),
        this.button(texts.sign_out, "outline-secondary", "force-sign-out", () => this.actions.signOut(number)),
      );
    }
    return found;
  };

  fillAgent = (element: HTMLElement, one: AgentRow, rows: Rows): void => {
    const { texts } = this.config;
    const all = cells(element, this.config.may_force ? 7 : 6);
    element.dataset["state"] = one.state;
    setCell(all[0]?.firstElementChild as HTMLElement, `${one.number} ${one.name}`);
    const [badge, reason] = [...(all[1] as HTMLElement).children] as HTMLElement[];
    (badge as HTMLElement).dataset["state"] = one.state;
    setCell(badge as HTMLElement, texts.state[one.state] ?? one.state);
    setCell(reason as HTMLElement, texts.reason[one.reason] ?? one.reason);
    setCell(all[2] as HTMLElement, { since: one.since });
    const call = one.call === null ? undefined : rows.calls[String(one.call)];
    setCell(all[3] as HTMLElement, call ? [call.customer, call.number].filter(Boolean).join(" · ") : "");
    setCell(all[4] as HTMLElement, one.queues.join(", "));
    setCell(all[5] as HTMLElement, texts.phone[known(one.phone)]);
    (all[5] as HTMLElement).classList.toggle("text-danger", one.phone === false);
    for (const button of element.querySelectorAll("button")) button.hidden = one.state === "signed_out";
  };

  call = (key: string): HTMLElement => {
    const { texts, urls } = this.config;
    const id = Number(key);
    const found = row("board-call", link(address(urls.call, id)));
    found.tabIndex = 0;
    found.dataset["call"] = key;
    const all = cells(found, 7);
    if (this.config.may_reveal) {
      const show = this.button(texts.show_number, "link", "board-number", () => void this.actions.reveal(id));
      show.dataset["press"] = "n";
      all[0]?.append(show);
    }
    const put = (text: string, kind: string, name: string, press: string, act: () => void) => {
      const button = this.button(text, kind, name, act);
      button.dataset["press"] = press;
      all[6]?.append(button);
    };
    for (const { mode, key: letter } of this.config.modes) {
      put(texts.mode[mode] ?? mode, "outline-primary", `board-${mode}`, letter, () => this.actions.listen(id, mode));
    }
    if (this.config.modes.length) put(texts.stop, "outline-secondary", "board-stop", "s", () => this.actions.stop());
    if (this.config.may_take_over) {
      put(texts.take_over, "outline-warning", "board-take-over", "t", () => this.actions.takeOver(id));
    }
    if (this.config.may_hang_up) {
      put(texts.hang_up, "outline-danger", "board-hang-up", "h", () => this.actions.hangUp(id));
    }
    return found;
  };

  fillCall = (element: HTMLElement, one: CallRow, agent: AgentRow | undefined): void => {
    const { texts } = this.config;
    const all = cells(element, 7);
    const shown = this.actions.revealed.get(one.id) ?? one.number;
    const who = [one.customer, shown].filter(Boolean).join(" · ") || texts.none;
    setCell(all[0]?.firstElementChild as HTMLElement, who);
    setCell(all[1] as HTMLElement, one.queue || texts.none);
    setCell(all[2] as HTMLElement, agent ? `${agent.number} ${agent.name}` : texts.none);
    setCell(all[3] as HTMLElement, texts.call[one.state] ?? one.state);
    setCell(all[4] as HTMLElement, { since: one.since });
    setCell(all[5] as HTMLElement, { since: one.started });
    element.dataset["state"] = one.state;
    const mayHear = one.talks && agent?.number !== this.config.me;
    for (const button of element.querySelectorAll<HTMLButtonElement>("button")) {
      const name = button.dataset["testid"];
      if (name === "board-hang-up") continue;
      if (name === "board-number") button.hidden = !one.is_masked || this.actions.revealed.has(one.id);
      else if (name === "board-take-over") button.hidden = !mayHear || one.direction === "internal";
      else button.hidden = !mayHear;
    }
  };

  trunk = (name: string): HTMLElement => {
    const found = row("board-trunk", made("span", "", name));
    found.dataset["trunk"] = name;
    return found;
  };

  fillTrunk = (element: HTMLElement, one: TrunkRow): void => {
    const all = cells(element, 3);
    setCell(all[1] as HTMLElement, this.config.texts.trunk[known(one.is_up)]);
    setCell(all[2] as HTMLElement, `${one.busy} / ${one.limit}`);
    element.classList.toggle("table-danger", one.is_up === false);
  };

  alarm = (key: string): HTMLElement => {
    const found = made("li", "board-alarm");
    found.dataset["testid"] = "board-alarm";
    found.append(made("strong"), made("span"), made("span", "timer"), made("span"));
    if (this.config.may_acknowledge) {
      const { texts } = this.config;
      found.append(
        this.button(texts.acknowledge, "dark", "board-acknowledge", () => this.actions.acknowledge(Number(key))),
      );
    }
    return found;
  };

  fillAlarm = (element: HTMLElement, one: AlarmRow): void => {
    const { texts } = this.config;
    const [name, what, since, who, button] = [...element.children] as HTMLElement[];
    element.dataset["severity"] = one.severity;
    element.dataset["acknowledged"] = one.acknowledged ? "1" : "";
    setCell(name as HTMLElement, one.name);
    setCell(what as HTMLElement, alarmText(one, texts));
    setCell(since as HTMLElement, { since: one.raised });
    setCell(who as HTMLElement, one.acknowledged ? texts.acknowledged.replace("%s", one.acknowledged) : "");
    if (button) button.hidden = one.acknowledged !== "";
  };

  private button(text: string, kind: string, name: string, act: () => void): HTMLButtonElement {
    const found = made("button", `btn btn-sm btn-${kind} me-1`, text);
    found.type = "button";
    found.dataset["testid"] = name;
    found.addEventListener("click", act);
    return found;
  }
}

export function alarmText(one: AlarmRow, texts: BoardConfig["texts"]): string {
  const value = one.value === null ? texts.none : String(Math.round(10 * one.value) / 10);
  const what = `${texts.metric[one.metric] ?? one.metric}${one.queue ? ` ${one.queue}` : ""}`;
  return `${what}: ${value} (${texts.threshold.replace("%s", String(one.limit))})`;
}
