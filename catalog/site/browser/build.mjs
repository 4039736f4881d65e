// Bundles each entry point, a file `catalog/site/browser/<name>.ts`, into `catalog/site/built/<name>.js`: minified, and
// the same bytes each time. The licences of what was bundled stand at the end of the bundle. Style sheets are minified:
// that of all pages, that of all but the pages of datasets, and one for each page whose script draws more.
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../../..");
const built = join(here, "../built");

// Scripts that also run where a page lies on a disk, from which no browser loads a module.
const PLAIN = ["copy", "theme"];

function options(name) {
  return {
    absWorkingDir: root,
    entryPoints: [relative(root, join(here, `${name}.ts`))],
    outfile: join(built, `${name}.js`),
    bundle: true,
    minify: true,
    format: PLAIN.includes(name) ? "iife" : "esm",
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
  };
}

function licences(inputs) {
  const packages = new Set(
    Object.keys(inputs).flatMap((path) => path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1] ?? []),
  );
  return [...packages].sort().map((name) => {
    const folder = join(root, "node_modules", name);
    const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
    const text = file ? readFileSync(join(folder, file), "utf8").trim() : license;
    return `${name} ${version}\n\n${text.replaceAll("*/", "* /")}`;
  });
}

rmSync(built, { recursive: true, force: true });
const names = readdirSync(here).flatMap((file) => file.match(/^([a-z]+)\.ts$/)?.[1] ?? []);
for (const name of names) {
  const { metafile } = await build({ ...options(name), write: false, metafile: true });
  const said = licences(metafile.inputs);
  const footer = said.length ? { js: `/*\nThis file contains:\n\n${said.join("\n\n")}\n*/` } : {};
  await build({ ...options(name), footer });
}

const sheets = readdirSync(here).filter((file) => file.endsWith(".css"));
for (const sheet of [join("..", "style.css"), join("..", "other.css"), ...sheets]) {
  await build({ entryPoints: [join(here, sheet)], outdir: built, minify: true, charset: "utf8", logLevel: "warning" });
}
