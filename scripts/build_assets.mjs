// Builds the browser assets: our css and js with the libraries that they import, and one icon sprite.
// Every file gets a hash in its name, so that it may be cached for ever; manifest.json tells which name became which
// (read by crm/assets.py). Works offline once `npm ci` has run.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const source = join(root, "static");
const target = join(source, "vendor");
const staging = join(source, `.vendor-${process.pid}`);
const icons = join(root, "node_modules", "@tabler", "icons", "icons", "outline");

const manifest = {};
await mkdir(staging, { recursive: true });
await bundleCodeAndStyles();
await writeHashed("icons.svg", await sprite());
await writeHashed("favicon.svg", await readFile(join(source, "favicon.svg")));
await compressAll();
await writeFile(join(staging, "manifest.json"), JSON.stringify(manifest, null, 2) + "\n");
await replaceTarget();
console.log(`built ${Object.keys(manifest).length} assets into static/vendor`);

async function bundleCodeAndStyles() {
  const result = await esbuild.build({
    absWorkingDir: root,
    entryPoints: ["app.css", "app.js", "board.js", "charts.js", "table.js"].map((name) => join(source, name)),
    outdir: staging,
    entryNames: "[name].[hash]",
    chunkNames: "chunk.[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    minify: true,
    target: ["chrome109", "firefox115", "safari16"],
    metafile: true,
    logLevel: "warning",
  });
  for (const [path, output] of Object.entries(result.metafile.outputs)) {
    if (output.entryPoint) manifest[basename(output.entryPoint)] = basename(path);
  }
}

// A page shows an icon as <svg><use href="icons.svg#name">, so the drawing inherits the text's colour.
async function sprite() {
  const names = (await readFile(join(source, "icons.txt"), "utf8")).split("\n").filter(Boolean);
  const symbols = await Promise.all(names.map(async (name) => {
    const drawing = await readFile(join(icons, `${name}.svg`), "utf8");
    const body = drawing.match(/<svg[^>]*>([\s\S]*)<\/svg>/)[1].replace(/<path stroke="none"[^>]*\/>/, "");
    return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" `
      + `stroke-linecap="round" stroke-linejoin="round">${body.replace(/\s*\n\s*/g, "")}</symbol>`;
  }));
  return `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`;
}

async function writeHashed(name, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 8);
  manifest[name] = name.replace(/(\.\w+)$/, `.${hash}$1`);
  await writeFile(join(staging, manifest[name]), content);
}

async function compressAll() {
  for (const name of await readdir(staging)) {
    const path = join(staging, name);
    const content = await readFile(path);
    const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };
    await writeFile(`${path}.br`, brotliCompressSync(content, quality));
    await writeFile(`${path}.gz`, gzipSync(content, { level: 9 }));
  }
}

// The finished folder takes the old one's place at once, so that a running server never sees half a build.
async function replaceTarget() {
  const old = `${staging}-old`;
  await rename(target, old).catch((error) => { if (error.code !== "ENOENT") throw error; });
  await rename(staging, target);
  await rm(old, { recursive: true, force: true });
}
