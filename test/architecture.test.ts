import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const neutral = ["xstate", "zod"];

/** What each layer may import, innermost first; `homeostat/node` and the command line may import any package. */
const layers = [
  { layer: "src/core", may: ["zod", "src/core"] },
  { layer: "machines", may: [...neutral, "src/core", "machines"], but: "machines/*/explore.ts" },
  { layer: "src/store", may: [...neutral, "src/core", "src/store"] },
  {
    layer: "src/inspect",
    // The chart model, not its layout: that needs elkjs. Of exploring, how XState is stepped without effects.
    may: [
      ...neutral,
      "src/core",
      "src/chart/model",
      "src/chart/model.ts",
      "src/chart/model-of.ts",
      "src/explore/stepper/conflicts.ts",
      "src/explore/xstate-adapter.ts",
      "src/inspect",
    ],
  },
  { layer: "src/chart", may: [...neutral, "elkjs", "src/core", "src/chart"] },
  { layer: "src/explore", may: [...neutral, "fast-check", "src/core", "src/explore"] },
  { layer: "src/testgen", may: [...neutral, "fast-check", "src/core", "src/explore", "src/testgen"] },
  {
    layer: "src/runtime",
    may: [...neutral, "src/core", "src/store", "src/inspect", "machines", "src/runtime"],
  },
  { layer: "src/simulate", may: [...neutral, "src/core", "machines", "src/simulate"] },
  { layer: "src/replay", may: [...neutral, "src/core", "src/conform", "machines", "src/replay"] },
  {
    layer: "src/page",
    may: [
      "react",
      "react-dom",
      "react-aria-components",
      "@tanstack/react-virtual",
      "microdiff",
      "elkjs",
      "zod",
      "src/inspect/protocol",
      "src/inspect/protocol.ts",
      // For an app that talks to the page itself, in a worker of its own.
      "src/inspect/receive-stately",
      "src/inspect/receive-stately.ts",
      "src/chart",
      "src/page",
    ],
  },
  { layer: "src/conform", may: [...neutral, "src/core", "src/runtime", "machines", "src/conform"] },
] as const;

it.each(["src/core", "machines", "src/runtime", "src/simulate", "src/replay"])("%s has files", (folder) => {
  expect(globSync(`${folder}/**/*.ts`)).not.toEqual([]);
});

it.each(layers)("$layer imports only $may", ({ layer, may, ...rest }) => {
  const files = globSync(`${layer}/**/*.{ts,tsx}`, "but" in rest ? { exclude: [rest.but] } : {});
  expect(forbidden(files, may)).toEqual([]);
});

describe("machines", () => {
  it("say how they are explored in files of their own, which know src/explore by its types alone", () => {
    const files = globSync("machines/*/explore.ts");
    expect(files).toHaveLength(6);
    expect(forbidden(files, [...neutral, "src/core", "src/explore", "machines"])).toEqual([]);
    const charts = globSync("machines/**/*.ts").filter((file) => !files.includes(file));
    expect(charts.filter((file) => imports(file).some((it) => it.endsWith("/explore.ts")))).toEqual([]);
    const loads = /^import (?!type )[^;]* from "[^"]*src[/]explore/m;
    expect(files.filter((file) => loads.test(readFileSync(file, "utf8")))).toEqual([]);
  });

  it("are imported one by one only by each other, the runtime, conform, replay, simulate and the command line", () => {
    const tools = ["store", "inspect", "chart", "explore", "testgen", "core"].flatMap((it) =>
      globSync(`src/${it}/**/*.ts`),
    );
    expect(tools.filter((file) => imports(file).some((it) => it.startsWith("machines/")))).toEqual([]);
  });
});

describe("adapters in src/node", () => {
  it("do not import xstate", () => {
    expect(globSync("src/node/**/*.ts").filter((file) => imports(file).includes("xstate"))).toEqual([]);
  });

  it("are the only place, with the command line, for node:*", () => {
    const others = globSync("{src,machines}/**/*.ts").filter((file) => !/^src[/](node|cli)[/]/.test(file));
    expect(others.filter((file) => imports(file).some((it) => it.startsWith("node:")))).toEqual([]);
  });

  it("are not imported by what lies further in", () => {
    const inner = globSync("{src,machines}/**/*.ts").filter((file) => !/^src[/](node|cli)[/]/.test(file));
    expect(inner.filter((file) => imports(file).some((it) => /^src[/](node|cli)[/]/.test(it)))).toEqual([]);
  });
});

describe("files", () => {
  it("stay under 250 lines", () => {
    const long = globSync("{src,machines,scripts,bench}/**/*.{ts,tsx,mjs}").filter(
      (file) => readFileSync(file, "utf8").split("\n").length > 251,
    );
    expect(long).toEqual([]);
  });
});

function forbidden(files: readonly string[], may: readonly string[]): string[] {
  return files.flatMap((file) =>
    imports(file)
      .filter((it) => !may.some((allowed) => it === allowed || it.startsWith(`${allowed}/`)))
      .map((it) => `${file} imports ${it}`),
  );
}

/** Everything `file` imports: a package name, or a path from the repository root. */
function imports(file: string): string[] {
  return [...readFileSync(file, "utf8").matchAll(/(?:from|import) "([^"]+)"|import\("([^"]+)"\)/g)].map(
    (match) => {
      const specifier = match[1] ?? match[2] ?? "";
      return specifier.startsWith(".") ? new URL(specifier, `file:///${file}`).pathname.slice(1) : specifier;
    },
  );
}
