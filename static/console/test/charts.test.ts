import assert from "node:assert/strict";
import { test } from "node:test";
import { chartOf, optionsOf, type Chart } from "../src/charts/options";

const lines: Chart = {
  kind: "line", unit: "calls", title: "Queues", labels: ["11-01", "11-02"],
  series: [{ name: "Offered", values: [3, null] }], slices: [],
};

test("rows of time are lines with a gap where there is no value", () => {
  const [series] = optionsOf(lines, false)["series"] as Record<string, unknown>[];
  assert.deepEqual(series?.["data"], [3, null]);
  assert.equal(series?.["type"], "line");
  assert.equal(series?.["connectNulls"], false);
});

test("tooltips are drawn, not HTML with inline styles", () => {
  for (const kind of ["line", "bar", "pie"] as const) {
    const { renderMode } = optionsOf({ ...lines, kind }, true)["tooltip"] as { renderMode: string };
    assert.equal(renderMode, "richText");
  }
});

test("dark pages have other colours", () => {
  assert.notDeepEqual(optionsOf(lines, true)["color"], optionsOf(lines, false)["color"]);
});

test("what is no chart is none", () => {
  assert.equal(chartOf("{"), null);
  assert.deepEqual(chartOf(JSON.stringify(lines)), lines);
});

test("a map names places in the reader's language and colours them by lightness", () => {
  const map: Chart = { ...lines, kind: "map", slices: [{ name: "Guangdong", value: 7, place: "广东" }] };
  const options = optionsOf(map, false);
  const [series] = options["series"] as Record<string, unknown>[];
  assert.deepEqual(series?.["nameMap"], { 广东: "Guangdong" });
  assert.deepEqual(series?.["data"], [{ name: "Guangdong", value: 7 }]);
  assert.equal((options["visualMap"] as { max: number }).max, 7);
});

test("hours of the week are cells of shade, an empty one is nought", () => {
  const options = optionsOf({ ...lines, kind: "heat" }, false);
  const [series] = options["series"] as Record<string, unknown>[];
  assert.deepEqual(series?.["data"], [[0, 0, 3], [1, 0, 0]]);
});
