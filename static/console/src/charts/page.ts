// Charts of reports: a script of its own, loaded by the desk only where a page has charts.
import { BarChart, HeatmapChart, LineChart, MapChart, PieChart } from "echarts/charts";
import { GeoComponent, GridComponent, LegendComponent, TooltipComponent, VisualMapComponent } from "echarts/components";
import { getInstanceByDom, getMap, init, registerMap, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { chartOf, MAP, optionsOf } from "./options";

use([
  BarChart, HeatmapChart, LineChart, MapChart, PieChart, GeoComponent, GridComponent, LegendComponent, TooltipComponent,
  VisualMapComponent, CanvasRenderer,
]);

const root = document.documentElement;
const places = () => document.querySelectorAll<HTMLElement>("[data-chart]");
const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) getInstanceByDom(target as HTMLElement)?.resize();
});
let drawn: HTMLElement[] = [];
let asked = false;

// The map's outlines are fetched by the first page that shows one. Without them the table is there.
async function mapFetch(address: string): Promise<void> {
  if (asked) return;
  asked = true;
  const answer = await fetch(address, { signal: AbortSignal.timeout(20_000) });
  registerMap(MAP, await answer.json());
  draw();
}

function draw(): void {
  // What was swapped away keeps its canvas and its listeners until it is told to go.
  for (const place of drawn) if (!place.isConnected) getInstanceByDom(place)?.dispose();
  drawn = [...places()];
  for (const place of drawn) {
    const chart = chartOf(place.dataset["chart"] ?? "");
    if (!chart) continue;
    if (chart.kind === "map" && !getMap(MAP)) {
      void mapFetch(place.dataset["map"] ?? "").catch(() => { asked = false; });
      continue;
    }
    const instance = getInstanceByDom(place) ?? init(place);
    instance.setOption(optionsOf(chart, root.dataset["bsTheme"] === "dark"), true);
    place.dataset["drawn"] = "1";
    sizes.observe(place);
  }
}

document.addEventListener("htmx:afterSettle", draw);
new MutationObserver(draw).observe(root, { attributes: true, attributeFilter: ["data-bs-theme"] });
draw();
