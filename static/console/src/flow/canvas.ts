// The graph: steps as focusable groups, ways out as curves. d3 does gestures, the store the truth.
import { drag, type D3DragEvent } from "d3-drag";
import { select } from "d3-selection";
import { zoom, zoomIdentity, type D3ZoomEvent, type ZoomTransform } from "d3-zoom";
import { exitsOf, nodeOf, type Place } from "./document";
import { at, exitLabel, kindName, svg, t } from "./page";
import { HEAD, heightOf, ROW, WIDTH } from "./places";
import { freeKeys, keyMaps, type Exit, type Path } from "./schema";
import type { Store } from "./store";

interface Row { exit: Exit | null; label: string; path: Path | null }

export class Canvas {
  private readonly root = at<SVGSVGElement>("graph");
  private readonly world = svg("g");
  private readonly edges = svg("g", { class: "flow-edges", "aria-hidden": "true" });
  private readonly nodes = svg("g", { class: "flow-nodes" });
  private readonly pen = svg("path", { class: "flow-pen", visibility: "hidden" });
  private readonly drawn = new Map<string, { group: SVGGElement; looks: string }>();
  private view: ZoomTransform = zoomIdentity;
  private moves = 0;
  // By step: what is written on it, and the same in words.
  readonly badges = new Map<string, string>();
  readonly figures = new Map<string, string>();
  private readonly zoomer = zoom<SVGSVGElement, unknown>().scaleExtent([0.15, 2]);

  constructor(private readonly store: Store, private readonly open: (id: string) => void) {
    const arrow = svg("marker", { id: "flow-arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 11, markerHeight: 11, markerUnits: "userSpaceOnUse", orient: "auto" },
      svg("path", { d: "M0 0 8 4 0 8z", class: "flow-arrow" }));
    this.world.append(this.edges, this.nodes, this.pen);
    this.root.append(svg("defs", {}, arrow), this.world);
    this.zoomer
      .filter((event: Event) => !(event.target as Element).closest("[data-node]") && !(event as MouseEvent).button)
      .on("zoom", (event: D3ZoomEvent<SVGSVGElement, unknown>) => {
        this.view = event.transform;
        this.world.setAttribute("transform", event.transform.toString());
      });
    select(this.root).call(this.zoomer).on("dblclick.zoom", null);
    this.root.addEventListener("click", (event) => {
      if (event.target === this.root) store.choose(null);
    });
    this.acceptPalette();
    store.listen(() => this.draw());
    this.draw();
  }

  private acceptPalette(): void {
    this.root.addEventListener("dragover", (event) => event.preventDefault());
    this.root.addEventListener("drop", (event) => {
      event.preventDefault();
      const kind = event.dataTransfer?.getData("text/plain") ?? "";
      if (!Object.hasOwn(this.store.schema.$defs, kind)) return;
      const [x, y] = this.inWorld(event.clientX, event.clientY);
      this.focus(this.store.add(kind, [x - WIDTH / 2, y - HEAD / 2]));
    });
  }

  private inWorld(clientX: number, clientY: number): Place {
    const box = this.root.getBoundingClientRect();
    return this.view.invert([clientX - box.left, clientY - box.top]);
  }

  middle(): Place {
    const box = this.root.getBoundingClientRect();
    const [x, y] = this.inWorld(box.left + box.width / 2, box.top + box.height / 2);
    return [x - WIDTH / 2, y - HEAD / 2];
  }

  zoomBy(factor: number): void {
    select(this.root).call(this.zoomer.scaleBy, factor);
  }

  fit(): void {
    const places = Object.keys(this.store.doc.nodes).map((id) => ({ id, at: this.store.place(id) }));
    const box = this.root.getBoundingClientRect();
    if (places.length === 0 || box.width === 0) return;
    // Room for the ways that lead back to the first column.
    const left = Math.min(...places.map(({ at: [x] }) => x)) - 70;
    const top = Math.min(...places.map(({ at: [, y] }) => y)) - 30;
    const right = Math.max(...places.map(({ at: [x] }) => x)) + WIDTH + 30;
    const bottom = Math.max(...places.map(({ id, at: [, y] }) => y + this.height(id))) + 30;
    const scale = Math.min(1, box.width / (right - left), box.height / (bottom - top));
    const x = (box.width - (right - left) * scale) / 2 - left * scale;
    const y = (box.height - (bottom - top) * scale) / 2 - top * scale;
    select(this.root).call(this.zoomer.transform, zoomIdentity.translate(x, y).scale(scale));
  }

  // Bring a step into view and give it the focus.
  focus(id: string): void {
    const group = this.drawn.get(id)?.group;
    if (!group) return;
    const [x, y] = this.store.place(id);
    const [left, top] = this.view.apply([x, y]);
    const [right, bottom] = this.view.apply([x + WIDTH, y + this.height(id)]);
    const box = this.root.getBoundingClientRect();
    if (left < 0 || top < 0 || right > box.width || bottom > box.height) {
      select(this.root).call(this.zoomer.translateTo, x + WIDTH / 2, y + this.height(id) / 2);
    }
    group.focus();
  }

  private height(id: string): number {
    return heightOf(this.rows(id).length);
  }

  private rows(id: string): Row[] {
    const node = nodeOf(this.store.doc, id);
    if (!node) return [];
    const rows: Row[] = exitsOf(this.store.schema, this.store.doc, id)
      .map((exit) => ({ exit, label: exitLabel(exit.name), path: exit.path }));
    for (const [field, shape] of keyMaps(this.store.schema, node.kind)) {
      const key = freeKeys(shape, node, field)[0];
      if (key) rows.push({ exit: null, label: `+ ${t("key", key)}`, path: [field, key] });
    }
    return rows;
  }

  draw(): void {
    const ids = Object.keys(this.store.doc.nodes);
    for (const [id, { group }] of this.drawn) {
      if (!nodeOf(this.store.doc, id)) {
        group.remove();
        this.drawn.delete(id);
      }
    }
    ids.forEach((id) => this.drawNode(id));
    this.drawEdges(ids);
    const empty = at("graph-empty");
    empty.hidden = ids.length > 0;
    empty.textContent = t("empty_graph");
  }

  private drawNode(id: string): void {
    const { store } = this;
    const rows = this.rows(id);
    const problems = store.problemsOf(id);
    const looks = JSON.stringify([nodeOf(store.doc, id), store.doc.start === id, problems, store.chosen === id,
      store.lit.nodes.includes(id), store.lit.now === id, this.badges.get(id)]);
    let known = this.drawn.get(id);
    if (!known) {
      known = { group: svg("g", { tabindex: 0, role: "button", class: "flow-node", "data-node": id }), looks: "" };
      this.drawn.set(id, known);
      this.nodes.append(known.group);
      this.letMove(known.group, id);
    }
    known.group.setAttribute("transform", `translate(${store.place(id).join(" ")})`);
    if (known.looks === looks) return;
    known.looks = looks;
    this.fill(known.group, id, rows);
  }

  private fill(group: SVGGElement, id: string, rows: Row[]): void {
    const { store } = this;
    const kind = nodeOf(store.doc, id)?.kind ?? "";
    const problems = store.problemsOf(id);
    const level = problems.some((one) => one.level === "error") ? "error" : problems.length ? "warning" : "";
    const isStart = store.doc.start === id;
    dataset(group, { kind, level, chosen: String(store.chosen === id), lit: String(store.lit.nodes.includes(id)), now: String(store.lit.now === id) });
    const told = problems.map((one) => `${t(one.level)}: ${one.text}`);
    group.setAttribute("aria-label", [isStart ? t("start") : "", kindName(kind), id, this.figures.get(id) ?? "", ...told].filter(Boolean).join(", "));
    const height = heightOf(rows.length);
    const parts: SVGElement[] = [
      svg("title", {}, [this.figures.get(id) ?? "", ...told].filter(Boolean).join("\n") || id),
      svg("rect", { class: "flow-box", width: WIDTH, height, rx: 8 }),
      svg("rect", { class: "flow-stripe", width: 6, height, rx: 3 }),
      svg("circle", { class: "flow-in", cx: 0, cy: HEAD / 2, r: 5 }),
      svg("text", { class: "flow-kind", x: 16, y: 20 }, (isStart ? "▶ " : "") + kindName(kind)),
      svg("text", { class: "flow-id", x: 16, y: 40 }, short(id, 22)),
    ];
    if (level) parts.push(svg("text", { class: "flow-sign", x: WIDTH - 12, y: 21 }, level === "error" ? "✖" : "⚠"));
    const figure = this.badges.get(id);
    if (figure) parts.push(svg("text", { class: "flow-figure", x: WIDTH - 12, y: 40 }, figure));
    rows.forEach((row, place) => parts.push(this.row(id, row, place)));
    group.replaceChildren(...parts);
  }

  private row(id: string, row: Row, place: number): SVGGElement {
    const y = HEAD + place * ROW + ROW / 2;
    const isOpen = row.exit !== null && !row.exit.target;
    const port = svg("circle", { class: "flow-port", cx: WIDTH, cy: y, r: 7, "data-port": row.path?.join(".") ?? "", "data-node-of": id });
    const state = row.exit === null ? "new" : !isOpen ? "set" : row.exit.isNeeded ? "missing" : "open";
    const group = svg("g", { class: "flow-row", "data-state": state },
      svg("line", { x1: 6, x2: WIDTH, y1: HEAD + place * ROW, y2: HEAD + place * ROW }),
      svg("text", { x: 16, y: y + 4 }, short(row.label, 20)), port);
    this.letConnect(port, id, row);
    return group;
  }

  private letMove(group: SVGGElement, id: string): void {
    let from: Place = [0, 0];
    let moved = false;
    const gesture = drag<SVGGElement, unknown>()
      .container(this.world)
      .filter((event: MouseEvent) => !event.button && !(event.target as Element).closest("[data-port]"))
      .on("start", (event: D3DragEvent<SVGGElement, unknown, unknown>) => {
        const [x, y] = this.store.place(id);
        from = [x - event.x, y - event.y];
        moved = false;
        this.moves += 1;
      })
      .on("drag", (event: D3DragEvent<SVGGElement, unknown, unknown>) => {
        moved = true;
        this.store.move(id, [event.x + from[0], event.y + from[1]], `move ${this.moves}`);
      })
      .on("end", () => {
        group.focus();
        if (!moved) this.store.choose(id);
      });
    select(group).call(gesture);
    group.addEventListener("dblclick", () => this.open(id));
  }

  private letConnect(port: SVGCircleElement, id: string, row: Row): void {
    const gesture = drag<SVGCircleElement, unknown>()
      .container(this.world)
      .on("start", () => this.pen.setAttribute("visibility", "visible"))
      .on("drag", (event: D3DragEvent<SVGCircleElement, unknown, unknown>) => {
        const [x, y] = this.store.place(id);
        const start: Place = [x + WIDTH, y + Number(port.getAttribute("cy"))];
        this.pen.setAttribute("d", curve(start, [event.x, event.y]));
      })
      .on("end", (event: D3DragEvent<SVGCircleElement, unknown, unknown>) => {
        this.pen.setAttribute("visibility", "hidden");
        this.pen.removeAttribute("d");
        this.dropped(event.sourceEvent as MouseEvent | TouchEvent, id, row);
      });
    select(port).call(gesture);
  }

  // On a step: leads there. On nothing: a way that led somewhere leads nowhere now.
  private dropped(event: MouseEvent | TouchEvent, id: string, row: Row): void {
    const point = "changedTouches" in event ? event.changedTouches[0] : event;
    if (!row.path || !point) return;
    const under = document.elementFromPoint(point.clientX, point.clientY);
    const target = under?.closest<SVGGElement>("[data-node]")?.dataset["node"];
    const isPort = under instanceof SVGElement && under.dataset["port"] !== undefined && under.dataset["nodeOf"] === id;
    if (target !== undefined && !isPort) this.store.connect(id, row.path, target);
    else if (target === undefined && row.exit?.target) this.store.connect(id, row.path, "");
    if (target !== undefined) this.store.choose(id);
  }

  private drawEdges(ids: string[]): void {
    const { store } = this;
    const lines: SVGElement[] = [];
    for (const id of ids) {
      const [x, y] = store.place(id);
      exitsOf(store.schema, store.doc, id).forEach((exit, place) => {
        if (!exit.target || !nodeOf(store.doc, exit.target)) return;
        const [toX, toY] = store.place(exit.target);
        const d = curve([x + WIDTH + 7, y + HEAD + place * ROW + ROW / 2], [toX - 6, toY + HEAD / 2]);
        lines.push(svg("path", { d, class: "flow-edge", "marker-end": "url(#flow-arrow)",
          "data-from": id, "data-to": exit.target, "data-lit": String(isLit(store.lit.nodes, id, exit.target)),
          "data-chosen": String(store.chosen === id || store.chosen === exit.target) }));
      });
    }
    this.edges.replaceChildren(...lines);
  }
}

function isLit(path: string[], from: string, to: string): boolean {
  return path.some((id, place) => id === from && path[place + 1] === to);
}

function dataset(element: SVGElement, values: Record<string, string>): void {
  for (const [name, value] of Object.entries(values)) element.dataset[name] = value;
}

function curve([x, y]: Place, [toX, toY]: Place): string {
  if (toX >= x) {
    const bend = Math.max(40, (toX - x) / 2);
    return `M${x} ${y}C${x + bend} ${y} ${toX - bend} ${toY} ${toX} ${toY}`;
  }
  // Back to the left: out, below both ends, and in again.
  const [middle, below] = [(x + toX) / 2, Math.max(y, toY) + 110];
  return `M${x} ${y}C${x + 70} ${y} ${x + 70} ${below} ${middle} ${below}S${toX - 70} ${toY} ${toX} ${toY}`;
}

function short(text: string, most: number): string {
  const letters = [...text];
  return letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : text;
}
