import { XMLParser, XMLValidator } from "fast-xml-parser";
import { describe, expect, it } from "vitest";
import { createMachine } from "xstate";
import { modelOf, type PlacedChart, themes, toSvg } from "../../src/chart/index.ts";
import { styleSheet } from "../../src/chart/svg/style.ts";
import { editorMachine, playerMachine } from "../fixtures/machines/index.ts";
import { everyMachine, layOut } from "./machines.ts";

const draw = async (machine: Parameters<typeof modelOf>[0]): Promise<PlacedChart> => layOut(modelOf(machine));

/** Values of an attribute, decoded. */
function values(svg: string, attribute: string): string[] {
  const found: string[] = [];
  new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: "",
    attributeValueProcessor: (name, value) => {
      if (name === attribute) found.push(value);
      return value;
    },
  }).parse(svg);
  return found;
}

/** As WCAG 2.2 defines it. */
function contrast(a: string, b: string): number {
  const [lighter = 0, darker = 0] = [luminance(a), luminance(b)].sort((one, other) => other - one);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(colour: string): number {
  const full = colour.length === 4 ? colour.replace(/[^#]/g, "$&$&") : colour;
  const [red = Number.NaN, green = Number.NaN, blue = Number.NaN] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(full.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

describe("a picture", () => {
  it.each(everyMachine)("is well-formed and names every state and transition: %s", async (_, machine) => {
    const model = modelOf(machine);
    const svg = toSvg(await layOut(model));
    expect(XMLValidator.validate(svg)).toBe(true);
    expect(new Set(values(svg, "data-state"))).toEqual(new Set(model.states.map((it) => it.id)));
    const transitions = values(svg, "data-transitions").flatMap((it) => JSON.parse(it) as string[]);
    expect(new Set(transitions)).toEqual(new Set(model.transitions.map((it) => it.id)));
  });

  it("is well-formed whatever the names are", async () => {
    const names = ['<a href="x">', "a & b", "]]>", "\u0000\u001F\uFFFF", "\uD800", "状態 ✓", "--", "'"];
    const states = Object.fromEntries(
      names.map((it) => [it, { entry: it, description: it, on: { [it]: { actions: it } } }]),
    );
    const svg = toSvg(await draw(createMachine({ id: names.join(), initial: names[0] ?? "", states })));
    expect(XMLValidator.validate(svg)).toBe(true);
    expect(svg).toContain("&lt;a href=&quot;x&quot;&gt;");
    // oxlint-disable-next-line no-control-regex -- they are what must not be there
    expect(svg).not.toMatch(/[\u0000-\u0008\uFFFF]/);
  });

  it("takes its colours from the theme; auto asks the viewer", async () => {
    const chart = await draw(playerMachine);
    const [light = "", dark = "", auto = ""] = ["light", "dark", "auto"].map((it) =>
      toSvg(chart, { theme: themes.find((theme) => theme === it) }),
    );
    expect([light, dark].map((it) => it.includes("prefers-color-scheme"))).toEqual([false, false]);
    expect(auto).toContain("@media(prefers-color-scheme:dark){.hc-auto{");
    const ground = (svg: string) => /\.hc-\w+\{--bg:(#\w+)/.exec(svg)?.[1];
    expect([ground(light), ground(dark), ground(auto)]).toEqual(["#fff", "#0b1020", "#fff"]);
  });

  it.each(["light", "dark"] as const)(
    "has a contrast of 4.5 : 1 of every text to every ground: %s",
    (theme) => {
      const sheet = styleSheet(theme);
      const colour = new Map(
        [...sheet.matchAll(/--(\w+):(#\w+)/g)].map(([, name = "", value = ""]) => [name, value]),
      );
      const texts = ["fg", "mut", "delay"];
      const grounds = ["bg", "in0", "in1", "in2", "in3", "atom", "pill", "onbg"];
      const weak = texts.flatMap((text) =>
        grounds.flatMap((ground) => {
          const ratio = contrast(colour.get(text) ?? "", colour.get(ground) ?? "");
          return ratio >= 4.5 ? [] : [`${text} on ${ground}: ${ratio.toFixed(2)}`];
        }),
      );
      expect(weak).toEqual([]);
    },
  );

  it("says nothing about the rest of a page in its style sheet", async () => {
    const svg = toSvg(await draw(playerMachine));
    const sheet = /<style>([^]*)<\/style>/.exec(svg)?.[1] ?? "";
    const selectors = sheet.replace(/@media\([^)]*\)/g, "").match(/[^{}]+(?=\{)/g) ?? [];
    expect(
      selectors.filter(
        (it) => it.trim() !== "" && it.split(",").some((one) => !one.trim().startsWith(".hc")),
      ),
    ).toEqual([]);
  });

  it("lights up what is active and what was taken, and nothing else", async () => {
    const svg = toSvg(await draw(playerMachine), {
      active: ["player", "player.off"],
      taken: ["player.off:POWER:0"],
    });
    const lit = [...svg.matchAll(/<g class="([^"]*\bon)"[^>]*data-(?:state|edge)="([^"]*)"/g)].map(
      (it) => it[2],
    );
    const edge = "player.off&gt;player.on.memory";
    expect(lit).toEqual(["player", "player.off", edge, "player", "player.off", edge]);
    expect(svg).toContain('aria-label="off, active"');
  });

  it("shows dashed regions, double finals, history letters and descriptions", async () => {
    const svg = toSvg(await draw(playerMachine));
    expect(svg).toContain(">H*</text>");
    expect(svg).toMatch(/class="box open d2 region" data-state="player.on.playback"/);
    expect(toSvg(await draw(editorMachine))).toContain("&quot;quote&quot; &amp; &lt;bracket&gt;");
  });

  it("puts text over lines, so that no line hides a word", async () => {
    const svg = toSvg(await draw(playerMachine));
    expect(svg.lastIndexOf('class="edge')).toBeLessThan(svg.indexOf('class="text'));
  });
});
