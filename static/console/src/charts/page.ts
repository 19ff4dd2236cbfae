// Charts of reports: a script of its own, loaded by the desk only where a page has charts.
import { BarChart, LineChart, PieChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { getInstanceByDom, init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { chartOf, optionsOf } from "./options";

use([BarChart, LineChart, PieChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

const root = document.documentElement;
const places = () => document.querySelectorAll<HTMLElement>("[data-chart]");
const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) getInstanceByDom(target as HTMLElement)?.resize();
});
let drawn: HTMLElement[] = [];

function draw(): void {
  // What was swapped away keeps its canvas and its listeners until it is told to go.
  for (const place of drawn) if (!place.isConnected) getInstanceByDom(place)?.dispose();
  drawn = [...places()];
  for (const place of drawn) {
    const chart = chartOf(place.dataset["chart"] ?? "");
    if (!chart) continue;
    const instance = getInstanceByDom(place) ?? init(place);
    instance.setOption(optionsOf(chart, root.dataset["bsTheme"] === "dark"), true);
    place.dataset["drawn"] = "1";
    sizes.observe(place);
  }
}

document.addEventListener("htmx:afterSettle", draw);
new MutationObserver(draw).observe(root, { attributes: true, attributeFilter: ["data-bs-theme"] });
draw();
