// The page's state: the document with its past, what is chosen, what is wrong, where the simulated
// caller went. Panels draw themselves anew when it says so.
import { addNode, freeId, newNode, nodeOf, removeNodes, setExit, setField, withoutRivals, type FlowDoc, type Place } from "./document";
import { begin, change, redo, undo, type History } from "./history";
import { kindName, t, toast, type Config, type Problem } from "./page";
import { snapped, WIDTH } from "./places";
import { keyMaps, type Path, type Schema } from "./schema";

export type Part = "document" | "chosen" | "problems" | "path" | "saved";

export class Store {
  history: History<FlowDoc>;
  saved: FlowDoc;
  token: string;
  chosen: string | null = null;
  problems: Problem[] = [];
  // The edges that the simulated caller took, as "from→to", and where he is.
  lit: { nodes: string[]; now: string } = { nodes: [], now: "" };
  readonly schema: Schema;
  private readonly listeners: ((part: Part) => void)[] = [];

  constructor(readonly config: Config, first: FlowDoc, saved: FlowDoc) {
    this.schema = config.schema;
    this.history = begin(first);
    this.saved = saved;
    this.token = config.token;
  }

  get doc(): FlowDoc {
    return this.history.present;
  }

  get isChanged(): boolean {
    return this.doc !== this.saved;
  }

  listen(listener: (part: Part) => void): void {
    this.listeners.push(listener);
  }

  tell(part: Part): void {
    for (const listener of this.listeners) listener(part);
  }

  change(next: FlowDoc, mark = ""): void {
    this.set(change(this.history, next, mark));
  }

  undo(): void {
    if (this.history.past.length) toast(t("undone"));
    this.set(undo(this.history));
  }

  redo(): void {
    if (this.history.future.length) toast(t("redone"));
    this.set(redo(this.history));
  }

  private set(next: History<FlowDoc>): void {
    if (next === this.history) return;
    this.history = next;
    if (this.chosen !== null && !nodeOf(this.doc, this.chosen)) this.chosen = null;
    this.tell("document");
  }

  choose(id: string | null): void {
    if (this.chosen === id) return;
    this.chosen = id;
    this.tell("chosen");
  }

  place(id: string): Place {
    return this.doc.layout?.[id] ?? [0, 0];
  }

  move(id: string, at: Place, mark: string): void {
    const place: Place = [snapped(at[0]), snapped(at[1])];
    const layout = this.doc.layout ?? {};
    this.change({ ...this.doc, layout: { ...layout, [id]: place } }, mark);
  }

  // Add a step, led to by the exit when there is one, and choose it. Returns its id.
  add(kind: string, at: Place, from?: { id: string; path: Path }): string {
    const id = freeId(this.doc, kind);
    let next = addNode(this.doc, id, newNode(this.schema, kind), [snapped(at[0]), snapped(at[1])]);
    if (from) next = withoutRivals(this.schema, setExit(next, from.id, from.path, id), from.id, String(from.path[0]));
    this.chosen = from ? this.chosen : id;
    this.change(next);
    toast(t("was_added", kindName(kind)));
    return id;
  }

  // Where a step that follows another one fits: right of it, below what is there.
  placeAfter(id: string): Place {
    const [x, y] = this.place(id);
    const right = Object.values(this.doc.layout ?? {}).filter(([other]) => Math.abs(other - x - WIDTH - 100) < WIDTH);
    const lowest = Math.max(...right.map(([, other]) => other + 130), y);
    return [x + WIDTH + 100, lowest];
  }

  // The nearest place below that covers no other step.
  freePlace([x, y]: Place): Place {
    const others = Object.values(this.doc.layout ?? {});
    let free = y;
    while (others.some(([left, top]) => Math.abs(left - x) < WIDTH + 20 && Math.abs(top - free) < 130)) free += 50;
    return [x, free];
  }

  remove(id: string): void {
    this.change(removeNodes(this.schema, this.doc, [id]));
    toast(t("was_removed", id));
  }

  connect(id: string, path: Path, target: string): void {
    this.change(withoutRivals(this.schema, setExit(this.doc, id, path, target), id, String(path[0])));
  }

  // A key's way out, half drawn until it gets a target.
  addKey(id: string, key: string): Path | null {
    const node = nodeOf(this.doc, id);
    const field = node && keyMaps(this.schema, node.kind)[0];
    if (!field) return null;
    const path = [field[0], key];
    const used = node[field[0]];
    if (!used || !Object.hasOwn(used as object, key)) this.change(setField(this.doc, id, path, ""));
    return path;
  }

  problemsOf(id: string): Problem[] {
    return this.problems.filter((problem) => problem.node === id);
  }
}
