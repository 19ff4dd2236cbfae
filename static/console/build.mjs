// Build the console: `node build.mjs` writes dist/, `--test` bundles the tests for `node --test`,
// `--vendor` copies htmx and Bootstrap out of node_modules into static/vendor.
import { build } from "esbuild";
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";

// Our Content-Security-Policy allows no <style>. wavesurfer writes one into its shadow tree; it
// becomes a template, and src/player/player.ts adopts its text as a style sheet.
const noStyleElement = {
  name: "no-style-element",
  setup(run) {
    run.onLoad({ filter: /wavesurfer\.js[/\\]dist[/\\].*\.js$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      if (!text.includes("<style${")) return undefined;
      // `<style${nonce ? ` nonce="${nonce}"` : ''}>`, as it is or minified.
      const changed = text.replace(/<style\$\{[^]{1,80}?(?:''|"")\}>/, "<template data-style>")
        .replace("</style>", "</template>");
      if (/<\/?style/.test(changed)) throw new Error("wavesurfer writes its style in another way now");
      return { contents: changed, loader: "js" };
    });
  },
};
const common = { bundle: true, target: "es2022", charset: "utf8", legalComments: "inline" };

if (process.argv.includes("--test")) {
  rmSync("dist-test", { recursive: true, force: true });
  const entryPoints = readdirSync("test").map((name) => `test/${name}`);
  await build({ ...common, entryPoints, outdir: "dist-test", platform: "node", format: "esm",
    outExtension: { ".js": ".mjs" } });
} else if (process.argv.includes("--vendor")) {
  const parts = [
    ["htmx.org", "dist/htmx.min.js"],
    ["bootstrap", "dist/css/bootstrap.min.css"],
  ];
  for (const [name, file] of parts) {
    const { version } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8"));
    const folder = `../vendor/${name.replace(".org", "")}-${version}`;
    mkdirSync(folder, { recursive: true });
    cpSync(`node_modules/${name}/${file}`, `${folder}/${file.split("/").at(-1)}`);
    cpSync(`node_modules/${name}/LICENSE`, `${folder}/LICENSE`);
  }
  mkdirSync("../vendor/licences", { recursive: true });
  const jssip = JSON.parse(readFileSync("node_modules/jssip/package.json", "utf8"));
  cpSync("node_modules/jssip/LICENSE.md", `../vendor/licences/jssip-${jssip.version}.txt`);
  const licence = (name, as) => {
    const { version } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8"));
    const file = readdirSync(`node_modules/${name}`).find((one) => one.startsWith("LICENSE"));
    cpSync(`node_modules/${name}/${file}`, `../vendor/licences/${as}-${version}.txt`);
  };
  const installed = readdirSync("node_modules");
  // What the flow editor's bundle holds.
  const drawing = installed.filter((name) => name.startsWith("d3-"));
  for (const name of [...drawing, "@dagrejs/dagre", "@dagrejs/graphlib"]) licence(name, name.split("/").at(-1));
  // What the article editor's bundle holds; all of tiptap is one project with one licence.
  const under = /^(prosemirror-|orderedmap|rope-sequence|w3c-keyname|linkifyjs)/;
  for (const name of installed.filter((one) => under.test(one))) licence(name, name);
  licence("@tiptap/core", "tiptap");
  // What the charts' bundle holds; tslib's licence is in its bundle's comment.
  for (const name of ["echarts", "zrender", "echarts4"]) licence(name, name);
  licence("wavesurfer.js", "wavesurfer");
} else {
  await build({ ...common, entryPoints: { desk: "src/desk.ts", theme: "src/theme.ts", flow: "src/flow/editor.ts",
      article: "src/article.ts", player: "src/player/page.ts", charts: "src/charts/page.ts",
      "board-live": "src/board-live/page.ts", "board-wall": "src/board-live/wall.ts", quality: "src/quality/page.ts",
      toolbar: "src/toolbar/page.ts", "toolbar-v1": "src/toolbar/embed.ts" },
    plugins: [noStyleElement], outdir: "dist", platform: "browser", format: "iife", minify: true });
  // Outlines of China's provinces, fetched by the page that shows the map; no longer in ECharts 5.
  cpSync("node_modules/echarts4/map/json/china.json", "dist/china.json");
}
