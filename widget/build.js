// Builds src/ into one script and prints what a page needs to embed it.   node build.js [folder, by default dist]
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, transform } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const file = join(process.argv[2] ?? join(here, "dist"), "iop-assistant.js");
const LIMIT = 15_000; // bytes, gzipped: what a slow phone should have to load

// A style sheet is imported as its minified text, for lit to adopt: no <style> element, so a strict style-src holds.
const styles = {
  name: "styles",
  setup(build) {
    build.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(readFileSync(path, "utf8"), { loader: "css", minify: true, target: "es2022" });
      return { contents: code, loader: "text" };
    });
  },
};

await build({
  entryPoints: [join(here, "src/iop-assistant.ts")],
  outfile: file,
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  banner: { js: "/* Built from widget/src. Contains lit: BSD-3-Clause, Copyright Google LLC */" },
  plugins: [styles],
});

const script = readFileSync(file);
const gzipped = gzipSync(script, { level: 9 }).length;
console.log(`iop-assistant.js: ${script.length} bytes, ${gzipped} gzipped (at most ${LIMIT})`);
console.log(`integrity="sha384-${createHash("sha384").update(script).digest("base64")}"`);
process.exitCode = gzipped > LIMIT ? 1 : 0;
