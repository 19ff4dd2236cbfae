// What a chart looks like, from what it says. Pure: the same chart and theme give the same options.
export interface Chart {
  kind: "bar" | "line" | "pie";
  unit: string;
  title: string;
  labels: string[];
  series: { name: string; values: (number | null)[] }[];
  slices: { name: string; value: number }[];
}

// Each differs from its neighbours in lightness too, for who sees no red or green.
const LIGHT = ["#14713d", "#d98a00", "#b02a37", "#3d6fb6", "#7a5195", "#5c636a"];
const DARK = ["#75b798", "#ffca6b", "#ea868f", "#8bb4f0", "#c3a6dd", "#adb5bd"];

export function optionsOf(chart: Chart, isDark: boolean): Record<string, unknown> {
  const text = isDark ? "#dee2e6" : "#212529";
  const line = isDark ? "#495057" : "#dee2e6";
  const shared = {
    animation: false,
    color: isDark ? DARK : LIGHT,
    backgroundColor: "transparent",
    textStyle: { color: text, fontFamily: "system-ui, sans-serif" },
    legend: { type: "scroll", top: 0, textStyle: { color: text }, pageTextStyle: { color: text } },
    // Drawn on the canvas: as HTML it would need inline styles, which our policy forbids.
    tooltip: { renderMode: "richText", confine: true, trigger: chart.kind === "pie" ? "item" : "axis" },
  };
  if (chart.kind === "pie") {
    return {
      ...shared,
      series: [{
        type: "pie", radius: ["35%", "65%"], center: ["50%", "56%"], data: chart.slices,
        label: { color: text, formatter: "{b} {d}%" },
      }],
    };
  }
  const label = { color: text, hideOverlap: true };
  return {
    ...shared,
    grid: { left: 8, right: 16, top: 40, bottom: 8, containLabel: true },
    xAxis: { type: "category", data: chart.labels, axisLabel: label, axisLine: { lineStyle: { color: line } } },
    yAxis: {
      type: "value", name: chart.unit, nameTextStyle: { color: text }, axisLabel: label,
      splitLine: { lineStyle: { color: line } },
    },
    series: chart.series.map(({ name, values }) => ({
      name, data: values, type: chart.kind, barMaxWidth: 28, symbolSize: 5, connectNulls: false,
    })),
  };
}

export function chartOf(text: string): Chart | null {
  try {
    return JSON.parse(text) as Chart;
  } catch {
    return null;
  }
}
