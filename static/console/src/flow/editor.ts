// The flow editor's page: puts the parts together and hears the keyboard.
import { Canvas } from "./canvas";
import { readDocument, type FlowDoc } from "./document";
import { Figures } from "./figures";
import { StepForm } from "./form";
import { Keeping } from "./keeping";
import { palette, problemList, stepList } from "./lists";
import { at, config, t, toast, type Problem } from "./page";
import { arranged, snapped, withPlaces } from "./places";
import { Publishing } from "./publishing";
import { freeKeys, keyMaps } from "./schema";
import { Simulator } from "./simulator";
import { Store } from "./store";
import { Tests } from "./tests";

const MOST_BYTES = 1_000_000;
const ARROWS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
};

const first = withPlaces(config.schema, readDocument(config.document));
const store = new Store(config, first, first);
const canvas = new Canvas(store, openStep);
const form = new StepForm(store, (id) => canvas.focus(id));
const keeping = new Keeping(store);
const publishing = new Publishing(store, keeping);
new Figures(canvas);
new Simulator(store);
new Tests(store);

function showTab(name: string): void {
  for (const tab of document.querySelectorAll<HTMLElement>("[data-tab]")) {
    const isShown = tab.dataset["tab"] === name;
    tab.setAttribute("aria-selected", String(isShown));
    tab.classList.toggle("active", isShown);
    const panel = document.getElementById(tab.getAttribute("aria-controls") ?? "");
    if (panel) panel.hidden = !isShown;
  }
}

function openStep(id: string): void {
  store.choose(id);
  showTab("step");
  form.open();
}

function showProblem(problem: Problem): void {
  if (problem.node) {
    store.choose(problem.node);
    canvas.focus(problem.node);
    return;
  }
  // Of the whole flow: its settings are shown while no step is chosen.
  store.choose(null);
  showTab("step");
}

function arrange(): void {
  store.change({ ...store.doc, layout: arranged(store.schema, store.doc) });
  canvas.fit();
}

function upload(): void {
  at<HTMLInputElement>("upload").click();
}

async function uploaded(input: HTMLInputElement): Promise<void> {
  const file = input.files?.[0];
  input.value = "";
  if (!file) return;
  if (file.size > MOST_BYTES) {
    toast(t("too_large"), "danger");
    return;
  }
  let given: unknown;
  try {
    given = JSON.parse(await file.text());
  } catch {
    given = null;
  }
  const doc: FlowDoc = readDocument(given);
  if (Object.keys(doc.nodes).length === 0) {
    toast(t("not_json"), "danger");
    return;
  }
  store.change(withPlaces(store.schema, doc));
  canvas.fit();
  toast(t("uploaded"), "success");
}

function showKeys(): void {
  (document.getElementById("flow-keys") as HTMLDialogElement).showModal();
}

const ACTS: Record<string, () => void> = {
  undo: () => store.undo(),
  redo: () => store.redo(),
  arrange,
  "zoom-in": () => canvas.zoomBy(1.25),
  "zoom-out": () => canvas.zoomBy(0.8),
  fit: () => canvas.fit(),
  save: () => void keeping.save(),
  publish: () => void publishing.publish(),
  versions: () => void publishing.versions(),
  upload,
  keys: showKeys,
};

function shortcut(event: KeyboardEvent): (() => void) | undefined {
  if (!event.ctrlKey && !event.metaKey) return undefined;
  const key = event.key.toLowerCase();
  if (key === "z") return event.shiftKey ? ACTS["redo"] : ACTS["undo"];
  return { s: ACTS["save"], y: ACTS["redo"] }[key];
}

function onStep(id: string, event: KeyboardEvent): (() => void) | undefined {
  const by = ARROWS[event.key];
  if (by) {
    const far = event.shiftKey ? 50 : 10;
    const [x, y] = store.place(id);
    return () => store.move(id, [snapped(x + by[0] * far), snapped(y + by[1] * far)], `nudge ${id}`);
  }
  if (event.key === "Enter" || event.key === " ") return () => openStep(id);
  if (event.key === "Delete" || event.key === "Backspace") return () => removeStep(id);
  if (event.key.toLowerCase() === "d" && event.ctrlKey) return () => form.copy(id);
  const node = store.doc.nodes[id];
  if (!event.ctrlKey && node && /^[0-9*#]$/.test(event.key) && keyMaps(store.schema, node.kind).length) {
    return () => openKey(id, event.key);
  }
  return undefined;
}

// The way of a key: made when there is none and the key is free, then its target is asked for.
function openKey(id: string, key: string): void {
  const node = store.doc.nodes[id];
  const [field, shape] = (node && keyMaps(store.schema, node.kind)[0]) ?? [];
  if (!node || !field || !shape) return;
  const known = node[field];
  const isKnown = typeof known === "object" && known !== null && Object.hasOwn(known, key);
  if (!isKnown && !freeKeys(shape, node, field).includes(key)) return;
  store.choose(id);
  const path = store.addKey(id, key);
  showTab("step");
  if (path) form.openField(path);
}

function removeStep(id: string): void {
  const ids = Object.keys(store.doc.nodes);
  const next = ids[ids.indexOf(id) + 1] ?? ids[ids.indexOf(id) - 1];
  store.remove(id);
  if (next !== undefined) canvas.focus(next);
}

document.addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]")) return;
  const target = event.target instanceof Element ? event.target : null;
  const isTyping = target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
  const id = target?.closest<SVGElement>("[data-node]")?.dataset["node"];
  let act = shortcut(event);
  if (!act && id !== undefined) act = onStep(id, event);
  if (!act && event.key === "?" && !isTyping) act = showKeys;
  if (!act) return;
  event.preventDefault();
  act();
});

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const act = target?.closest<HTMLElement>("[data-do]")?.dataset["do"];
  if (act && Object.hasOwn(ACTS, act)) ACTS[act]?.();
  const tab = target?.closest<HTMLElement>("[data-tab]")?.dataset["tab"];
  if (tab) showTab(tab);
});

at<HTMLInputElement>("upload").addEventListener("change", (event) => void uploaded(event.target as HTMLInputElement));
store.listen((part) => {
  // Who walks through the problems or dials stays there.
  const isElsewhere = document.querySelector('[data-tab="problems"].active, [data-tab="try"].active');
  if (part === "chosen" && store.chosen !== null && !isElsewhere) showTab("step");
});
palette(store, canvas, openStep);
stepList(store, canvas);
problemList(store, showProblem);
showTab("step");
canvas.fit();
