// Builds the two files that browsers load from the sources beside this one.

import { build } from "esbuild";

const OUTPUT = new URL(process.argv[2] ?? "../static/jss_tracking/", import.meta.url).pathname;
const common = {
  entryPoints: [new URL("tracker.js", import.meta.url).pathname],
  bundle: true,
  minify: true,
  target: "es2022",
  legalComments: "none",
};

await build({ ...common, format: "esm", outfile: `${OUTPUT}/tracker.js` });
await build({ ...common, format: "iife", outfile: `${OUTPUT}/tracker.classic.js` });
