// Dial the draft without a phone: each time the server tells the whole call from all inputs.
import type { Json } from "./document";
import { visits, testOf, type Call, type Input, type Story, type Told } from "./story";
import { ask, at, button, config, el, sayFailed, t, toast } from "./page";
import { listenButton, play } from "./prompts";
import type { Store } from "./store";

const KEYS = [..."123456789*0#"];
const RESULTS = ["answered", "busy", "no_answer", "timeout"];

export class Simulator {
  private readonly panel = at("simulator");
  private inputs: Input[] = [];
  private story: Story | null = null;
  private heard = 0;
  private asked = 0;
  private isAsking = false;
  private readonly caller = field("sim-caller", "tel", "13800138000");
  private readonly dialled = el("select", { class: "form-select form-select-sm", id: "sim-dialled" },
    el("option", { value: "" }, "–"), ...(config.pickers["dialled"] ?? []).map((one) => el("option", { value: one.value }, one.label)));
  private readonly when = field("sim-at", "datetime-local", "");
  private readonly answers = el("textarea", { class: "form-control form-control-sm font-monospace", id: "sim-answers", rows: 3 });
  private readonly result = el("div", { "aria-live": "polite" });

  constructor(private readonly store: Store) {
    if (this.dialled.options[1]) this.dialled.selectedIndex = 1;
    const label = (id: string, text: string): HTMLElement => el("label", { class: "form-label mb-0", for: id }, text);
    this.panel.append(
      label("sim-caller", t("caller")), this.caller, label("sim-dialled", t("dialled")), this.dialled,
      label("sim-at", t("at")), this.when, el("div", { class: "form-text" }, t("at_empty")),
      el("details", {}, el("summary", { class: "small" }, t("answers")), this.answers,
        el("label", { class: "form-text", for: "sim-answers" }, t("answers_help"))),
      button(t("dial"), () => void this.begin(), { class: "btn btn-success my-2", "data-testid": "sim-dial" }), this.result);
    this.panel.addEventListener("keydown", (event) => this.pressed(event));
    store.listen((part) => {
      // Another document, another call: what was heard no longer holds.
      if (part === "document" && (this.story || this.isAsking)) this.forget();
    });
  }

  private forget(): void {
    this.asked += 1;
    this.isAsking = false;
    this.story = null;
    this.inputs = [];
    this.result.replaceChildren();
    this.light([], "");
  }

  private light(nodes: string[], now: string): void {
    this.store.lit = { nodes, now };
    this.store.tell("path");
  }

  private pressed(event: KeyboardEvent): void {
    const isTyping = event.target instanceof Element && event.target.matches("input, select, textarea");
    if (isTyping || !this.story || event.ctrlKey || event.altKey || !KEYS.includes(event.key)) return;
    event.preventDefault();
    void this.give({ keys: event.key });
  }

  private async begin(): Promise<void> {
    this.inputs = [];
    this.heard = 0;
    await this.dial();
    this.panel.querySelector<HTMLElement>("[data-key]")?.focus();
  }

  private async give(input: Input): Promise<void> {
    this.inputs = [...this.inputs, input];
    await this.dial();
  }

  private call(): Call {
    const given = this.answers.value.trim();
    const answers = given ? JSON.parse(given) as Json : undefined;
    return { ...(answers === undefined ? {} : { answers }), caller: this.caller.value.trim(), dialled: this.dialled.value, at: this.when.value, inputs: this.inputs };
  }

  private async dial(): Promise<void> {
    let call: Call;
    try {
      call = this.call();
    } catch {
      toast(t("answers_wrong"), "danger");
      return;
    }
    // Keys may be faster than answers: only the newest call is told.
    const number = ++this.asked;
    this.isAsking = true;
    const answer = await ask("simulate", { document: this.store.doc, ...call });
    if (number !== this.asked) return;
    this.isAsking = false;
    if (answer.status !== 200) {
      sayFailed(answer);
      return;
    }
    const story = answer.body as unknown as Story;
    this.story = story;
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset["focus"] : undefined;
    this.draw(story);
    if (focused) [...this.result.querySelectorAll<HTMLElement>("[data-focus]")].find((one) => one.dataset["focus"] === focused)?.focus();
    const path = visits(story, config.name);
    this.light(path, path.at(-1) ?? "");
    this.playNew(story.events ?? []);
  }

  private playNew(events: readonly Told[]): void {
    const last = events.slice(this.heard).filter((one) => one.kind === "play").at(-1);
    this.heard = events.length;
    const name = (last?.data["prompts"] as string[] | undefined)?.at(-1);
    if (last && name) play(name, String(last.data["language"] || "zh"));
  }

  private draw(story: Story): void {
    if (story.error) {
      this.result.replaceChildren(el("div", { class: "alert alert-danger", role: "alert" }, story.error));
      return;
    }
    const isWaiting = story.waits && story.waits.kind !== "result";
    const keypad = el("div", { class: "flow-pad my-2", "data-testid": "sim-keypad" }, ...KEYS.map((key) =>
      button(key, () => void this.give({ keys: key }), { "data-key": key, "data-focus": `pad ${key}`, disabled: !isWaiting })));
    const more = el("div", { class: "d-flex flex-wrap gap-1 mb-2" },
      button(t("wait"), () => void this.give({ wait: true }), { disabled: !isWaiting, "data-focus": "wait" }),
      button(t("hang_up"), () => void this.give({ hangup: true }), { disabled: !isWaiting, "data-focus": "hang up" }),
      button(t("step_back"), () => {
        this.inputs = this.inputs.slice(0, -1);
        this.heard = 0;
        void this.dial();
      }, { disabled: this.inputs.length === 0, "data-focus": "step back" }));
    const results = story.waits?.kind === "result"
      ? el("div", { class: "d-flex flex-wrap gap-1 mb-2" }, el("span", {}, t("result")),
        ...RESULTS.map((one) => button(t(one), () => void this.give({ result: one }), { "data-result": one })))
      : null;
    const parts: (Node | null)[] = [keypad, more, results, decision(story), this.events(story), variables(story), this.keep(story)];
    this.result.replaceChildren(...parts.filter((one) => one !== null));
    const list = this.result.querySelector(".flow-story");
    if (list) list.scrollTop = list.scrollHeight;
  }

  private events(story: Story): HTMLElement {
    return el("ol", { class: "flow-story", "data-testid": "sim-story" }, ...(story.events ?? []).map((one) => line(one, story)).filter((one) => one !== null));
  }

  private keep(story: Story): HTMLElement {
    const name = field("sim-test", "text", "");
    name.maxLength = 80;
    const save = button(t("keep_test"), () => {
      const wish = name.value.trim();
      const tests = this.store.doc.tests ?? [];
      if (!wish) {
        name.focus();
        return;
      }
      const test = testOf(wish, this.call(), story);
      const others = tests.filter((one) => (one as { name?: unknown }).name !== wish);
      this.forget();
      this.store.change({ ...this.store.doc, tests: [...others, test] });
      toast(t("test_kept"), "success");
    }, { "data-testid": "sim-keep" });
    return el("div", { class: "mt-2" }, el("label", { class: "form-label mb-0", for: "sim-test" }, t("test_name")), name, el("div", { class: "form-text" }, t("keep_hint")), save);
  }
}

function field(id: string, type: string, value: string): HTMLInputElement {
  const input = el("input", { class: "form-control form-control-sm mb-1", id, type });
  input.value = value;
  return input;
}

function decision(story: Story): HTMLElement | null {
  if (!story.decision) return null;
  const { next, target, reason } = story.decision;
  const text = `${t("decision")}: ${t(`next_${next}`)} ${target} ${reason ? `(${reason})` : ""}`;
  return el("p", { class: "alert alert-success py-1", "data-testid": "sim-decision" }, text);
}

function variables(story: Story): HTMLElement {
  const rows = Object.entries(story.variables ?? {}).filter(([, value]) => value !== "")
    .map(([name, value]) => el("tr", {}, el("td", {}, name), el("td", {}, value)));
  return el("details", { open: true }, el("summary", {}, t("variables")), el("table", { class: "table table-sm" }, el("tbody", {}, ...rows)));
}

function line({ kind, data }: Told, story: Story): HTMLElement | null {
  const language = String(data["language"] ?? "");
  if (kind === "node") return el("li", {}, el("strong", {}, `● ${String(data["node"])}`));
  if (kind === "keys") return el("li", {}, `${t("pressed")} ${String(data["keys"])}`);
  if (kind === "silence") return el("li", {}, t("silent"));
  if (kind === "hangup") return el("li", {}, t("hang_up"));
  if (kind === "result") return el("li", {}, `${t("result")}: ${t(String(data["result"]))}`);
  if (kind === "lookup") return el("li", { class: "text-body-secondary" }, `${String(data["name"])}(${String(data["asked"])}) = ${data["is_failed"] ? "✕" : String(data["found"])}`);
  if (kind !== "play") return null;
  const names = (data["prompts"] ?? []) as string[];
  return el("li", { lang: language }, ...names.flatMap((name) => [listenButton(name, language || "zh"), ` ${story.texts?.[name]?.[language] || name} `]));
}
