import { readFileSync } from "node:fs";
import { defineConfig, type Plugin } from "vite";

const BOX = "http://127.0.0.1:8800";
/** What of other people's work is in the built page. */
const BUNDLED = [
  "preact",
  "@preact/signals",
  "@preact/signals-core",
  "lightweight-charts",
  "fancy-canvas",
  "@fontsource-variable/inter",
];

/** Ships the licences of everything that is bundled, beside it. */
function licences(): Plugin {
  const read = (name: string): string => {
    const folder = new URL(`node_modules/${name}/`, import.meta.url);
    const { version } = JSON.parse(readFileSync(new URL("package.json", folder), "utf8")) as {
      version: string;
    };
    let text: string;
    try {
      text = readFileSync(new URL("LICENSE", folder), "utf8");
    } catch {
      text = "Licence: MIT\n";
    }
    return `${name} ${version}\n${"=".repeat(60)}\n${text.trim()}\n`;
  };
  return {
    name: "licences",
    generateBundle() {
      this.emitFile({
        type: "asset",
        fileName: "assets/licences.txt",
        source: `The charts are TradingView Lightweight Charts, https://www.tradingview.com/\n\n${BUNDLED.map(read).join("\n\n")}`,
      });
    },
  };
}

export default defineConfig({
  base: "/",
  plugins: [licences()],
  server: {
    proxy: Object.fromEntries(
      ["/fapi", "/futures", "/perpbox", "/openapi.json", "/public", "/market", "/private"].map(
        (path) => [path, { target: BOX, ws: true }],
      ),
    ),
  },
  build: {
    outDir: "../perpbox/dashboard/built",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    target: "es2022",
    rolldownOptions: { input: ["index.html", "docs.html"] },
  },
});
