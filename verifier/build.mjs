// Builds dist/verify.html: page, style, scripts, networks, contracts' code and the bundle's schema in one file that needs nothing beside it.
// The same sources give the same bytes: no time, no path, names in a fixed order.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const networksFolder = join(here, "..", "config", "networks");
const target = join(here, "dist", "verify.html");

const read = (...path) => readFileSync(join(here, ...path), "utf8");
const hashed = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

// Module scripts end at the first </script, wherever it stands.
const embeddable = (script) => script.replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--").trim();

// What the program needs of an artifact; its ABI and creation code would be half of the page.
const needed = { name: "needed", setup: (on) => on.onLoad({ filter: /artifacts[\\/]\w+\.json$/ }, ({ path }) => ({ contents: trimmed(path), loader: "json" })) };
function trimmed(path) {
  const { deployedBytecode, immutableReferences, storageLayout } = JSON.parse(readFileSync(path, "utf8"));
  return JSON.stringify({ deployedBytecode, immutableReferences, storageLayout });
}

// `aios:inlined` is what only the built page has: the worker's program as text, and the networks' files.
const inlined = (values) => ({
  name: "inlined",
  setup(on) {
    on.onResolve({ filter: /^aios:inlined$/ }, () => ({ path: "inlined", namespace: "aios" }));
    const lines = Object.entries(values).map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};`);
    on.onLoad({ filter: /.*/, namespace: "aios" }, () => ({ contents: lines.join("\n"), loader: "js" }));
  },
});

async function bundled(entry, plugins) {
  const options = { bundle: true, write: false, format: "esm", target: "es2022", minify: true, legalComments: "inline", charset: "ascii" };
  const { outputFiles } = await build({ entryPoints: [join(here, "src", "ui", entry)], plugins, ...options });
  return outputFiles[0].text;
}

const networks = Object.fromEntries(
  readdirSync(networksFolder)
    .filter((file) => file.endsWith(".toml"))
    .sort()
    .map((file) => [file.slice(0, -".toml".length), readFileSync(join(networksFolder, file), "utf8")]),
);
const worker = await bundled("worker.js", [needed]);
const script = embeddable(await bundled("main.js", [needed, inlined({ WORKER: worker, NETWORKS: networks })]));
const style = read("src", "ui", "style.css").trim();
const policy = [
  "default-src 'none'",
  `script-src ${hashed(script)}`,
  `style-src ${hashed(style)}`,
  "worker-src blob:",
  "img-src blob:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

const parts = { POLICY: policy, STYLE: style, SCRIPT: script };
const page = read("src", "ui", "page.html").replace(/%(POLICY|STYLE|SCRIPT)%/g, (_, name) => parts[name]);
mkdirSync(dirname(target), { recursive: true });
writeFileSync(target, page);
console.log(`${target}: ${page.length} bytes, sha256 ${createHash("sha256").update(page).digest("hex")}`);
