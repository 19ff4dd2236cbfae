// What a chart looks like, from what it says. Pure: the same chart and theme give the same options.
export interface Chart {
  kind: "bar" | "line" | "pie" | "map" | "heat";
  unit: string;
  title: string;
  labels: string[];
  series: { name: string; values: (number | null)[] }[];
  slices: { name: string; value: number; place?: string }[];
}

// Each differs from its neighbours in lightness too, for who sees no red or green.
const LIGHT = ["#14713d", "#d98a00", "#b02a37", "#3d6fb6", "#7a5195", "#5c636a"];
const DARK = ["#75b798", "#ffca6b", "#ea868f", "#8bb4f0", "#c3a6dd", "#adb5bd"];

const LIGHT_SCALE = ["#e3eefb", "#8fb8e8", "#3d6fb6", "#173a6b"];
const DARK_SCALE = ["#22303f", "#34597f", "#6d9bd1", "#cfe2f7"];
export const MAP = "china";

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
    tooltip: { renderMode: "richText", confine: true, trigger: ["pie", "map", "heat"].includes(chart.kind) ? "item" : "axis" },
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
  if (chart.kind === "map") {
    const most = Math.max(1, ...chart.slices.map(({ value }) => value));
    const names = Object.fromEntries(chart.slices.map(({ name, place }) => [place ?? name, name]));
    return {
      ...shared,
      legend: { show: false },
      // One colour from light to dark: told apart by lightness alone.
      visualMap: {
        min: 0, max: most, left: 8, bottom: 8, calculable: false, text: [`${most}`, "0"],
        textStyle: { color: text }, inRange: { color: isDark ? DARK_SCALE : LIGHT_SCALE },
      },
      series: [{
        type: "map", map: MAP, roam: false, nameMap: names, selectedMode: false,
        data: chart.slices.map(({ name, value }) => ({ name, value })),
        itemStyle: { areaColor: isDark ? "#343a40" : "#f1f3f5", borderColor: "#868e96" },
        label: { show: false }, emphasis: { label: { color: text } },
      }],
    };
  }
  if (chart.kind === "heat") {
    const cells = chart.series.flatMap(({ values }, day) => values.map((value, hour) => [hour, day, value ?? 0]));
    const axis = { type: "category", axisLabel: { color: text }, splitArea: { show: false } };
    return {
      ...shared,
      legend: { show: false },
      grid: { left: 8, right: 16, top: 8, bottom: 48, containLabel: true },
      xAxis: { ...axis, data: chart.labels },
      yAxis: { ...axis, data: chart.series.map(({ name }) => name), inverse: true },
      visualMap: {
        min: 0, max: Math.max(1, ...cells.map(([, , value]) => value ?? 0)), orient: "horizontal", left: "center",
        bottom: 0, calculable: false, textStyle: { color: text }, inRange: { color: isDark ? DARK_SCALE : LIGHT_SCALE },
      },
      series: [{ type: "heatmap", data: cells, progressive: 0, itemStyle: { borderColor: line, borderWidth: 1 } }],
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
