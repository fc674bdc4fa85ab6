/**
 * Makes a fresh clone ready: installs what the lock file names when it changed, builds `dist` when a source changed.
 * Runs before `npm start`, `npm test` and `npm run homeostat`; instant and silent when there is nothing to do.
 *
 * Plain JavaScript on purpose: it runs on the machine's own Node (20 or newer) before the pinned one is installed.
 *
 * With `--chromium` it also sees to the browser that the page is tested in: the one that CHROMIUM_PATH names, one that is
 * installed, or Debian's package. Without one, the tests of the page say what to do.
 *
 * Usage: node scripts/bootstrap.mjs [--build] [--chromium]
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamps = join(root, "node_modules", ".cache", "homeostat");
const windows = process.platform === "win32";

/** Every file under `path`, sorted. */
function files(path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => files(join(path, name)));
}

/** A digest of what lies under `paths`. */
function digest(paths) {
  const hash = createHash("sha256");
  for (const file of paths.flatMap((path) => files(join(root, path))))
    hash.update(file).update(readFileSync(file));
  return hash.digest("hex");
}

/** Runs `command` unless `paths` are as they were when it last succeeded and `product` is there. */
function ensure({ stamp, paths, product, title, command }) {
  const file = join(stamps, stamp);
  const wanted = digest(paths);
  if (existsSync(join(root, product)) && existsSync(file) && readFileSync(file, "utf8") === wanted) return;
  process.stderr.write(`homeostat: ${title} …\n`);
  const started = Date.now();
  const [name, ...args] = command;
  const result = spawnSync(name, args, { cwd: root, encoding: "utf8", shell: windows, maxBuffer: 1 << 26 });
  if (result.status !== 0) {
    process.stderr.write(`${result.stdout ?? ""}${result.stderr ?? ""}${result.error?.message ?? ""}\n`);
    process.stderr.write(
      `homeostat: ${title} failed (${command.join(" ")}); mend what is printed above and run it again\n`,
    );
    process.exit(1);
  }
  mkdirSync(stamps, { recursive: true });
  writeFileSync(file, wanted);
  process.stderr.write(`homeostat: ${title} took ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
}

ensure({
  stamp: "install",
  paths: ["package.json", "package-lock.json"],
  product: "node_modules/.bin/node",
  title: "installing dependencies",
  command: ["npm", "ci", "--no-audit", "--no-fund"],
});
if (process.argv.includes("--build")) {
  const settings = ["scripts/emit-schema.ts", "tsconfig.json", "tsconfig.build.json", "package.json"];
  const code = readdirSync(join(root, "src"))
    .filter((name) => name !== "page")
    .map((name) => join("src", name));
  ensure({
    stamp: "build",
    paths: [...code, "machines", ...settings],
    product: "dist/src/index.js",
    title: "building",
    command: ["npm", "run", "--silent", "build:code"],
  });
  ensure({
    stamp: "page",
    paths: [
      "src/page",
      "src/chart",
      "src/core",
      "src/inspect",
      "scripts/page.vite.config.ts",
      "package.json",
    ],
    product: "dist/page/index.html",
    title: "building the inspector's page",
    command: ["npm", "run", "--silent", "build:page"],
  });
}
if (process.argv.includes("--chromium")) installChromium();

/** Where distributions put it; the same list as in `test/page/support/browser.ts`. */
function installChromium() {
  const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  const { CHROMIUM_PATH: named = "" } = process.env;
  if (named !== "" || places.some((place) => existsSync(place))) return;
  const hint = "install Chromium, or name one by CHROMIUM_PATH, to run the tests of the inspector's page";
  if (spawnSync("apt-get", ["--version"]).status !== 0) {
    process.stderr.write(`homeostat: no Chromium was found; ${hint}\n`);
    return;
  }
  process.stderr.write("homeostat: installing Chromium for the tests of the inspector's page …\n");
  const sudo = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
  for (const args of [["update"], ["install", "-y", "--no-install-recommends", "chromium"]]) {
    const [name, ...rest] = [...sudo, "apt-get", ...args];
    const { status, stderr, error } = spawnSync(name, rest, {
      encoding: "utf8",
      maxBuffer: 1 << 26,
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
    if (status === 0) continue;
    const problem = (stderr ?? error?.message ?? "").trim().split("\n").at(-1);
    process.stderr.write(`homeostat: apt-get ${args.join(" ")} failed: ${problem}; ${hint}\n`);
    return;
  }
}
