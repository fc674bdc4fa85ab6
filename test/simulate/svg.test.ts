import { describe, expect, it } from "vitest";
import { builtInPolicies } from "../../src/simulate/policies.ts";
import type { Conditions } from "../../src/simulate/simulate.ts";
import { drawSweep } from "../../src/simulate/svg.ts";
import { sweep, type SweepLine } from "../../src/simulate/sweep.ts";
import { elements, parseXml } from "../support/xml.ts";

const conditions: Conditions = { horizonMs: 3_600_000, healAtMs: null, readyAfterMs: 0, seed: 1 };
const lines = sweep(builtInPolicies, conditions, { count: 25 });
const svg = drawSweep(lines, "1 h of virtual time");

const line = (points: SweepLine["points"], name = "a"): SweepLine => ({ name, summary: "s", points });
const flat = [50, 100, 200].map((intervalMs) => ({ intervalMs, startsPerHour: 10, gaveUp: false }));
const lineGroup = (drawn: string) =>
  elements(parseXml(drawn), "g").find((it) => it.attributes["class"]?.startsWith("line"));

describe("a sweep", () => {
  it("covers the range with rising intervals, both ends included", () => {
    for (const { points } of lines) {
      const intervals = points.map((it) => it.intervalMs);
      expect(intervals).toEqual(intervals.toSorted((a, b) => a - b));
      expect([intervals[0], intervals.at(-1), intervals.length]).toEqual([50, 1_200_000, 25]);
    }
  });

  it("says where a policy gave up", () => {
    const otp = lines.find((it) => it.name === "otp");
    expect(otp?.points[0]).toEqual({ intervalMs: 50, startsPerHour: 2, gaveUp: true });
    expect(otp?.points.at(-1)).toEqual({ intervalMs: 1_200_000, startsPerHour: 4, gaveUp: false });
  });
});

describe("the chart", () => {
  const root = parseXml(svg);

  it("is XML with a title and a description that the picture refers to", () => {
    expect(root.name).toBe("svg");
    expect(root.attributes).toMatchObject({ role: "img", "aria-labelledby": "title desc" });
    const named = (id: string) => root.children.find((it) => it.attributes["id"] === id);
    expect(named("title")?.text).toBe("Starts per hour over crash interval");
    expect(named("desc")?.text).toContain("homeostat: 17 at 50 ms; 3 at 1200000 ms.");
  });

  it("names every policy and draws a line for each", () => {
    const drawn = elements(root, "g").filter((it) => it.attributes["class"]?.startsWith("line"));
    const names = drawn.map((it) => it.children.find((child) => child.attributes["class"] === "name")?.text);
    expect(names.toReversed()).toEqual(builtInPolicies.map((it) => it.name));
    for (const it of drawn)
      expect(it.children.filter((child) => child.name === "path").length).toBeGreaterThan(1);
  });

  it("tells lines apart by hue and marker", () => {
    const looks = elements(root, "g")
      .filter((it) => it.attributes["class"]?.startsWith("line"))
      .map((it) => `${it.attributes["class"]?.split(" ")[1]} ${it.children.at(-2)?.name}`);
    expect(new Set(looks).size).toBe(builtInPolicies.length);
  });

  it("follows the viewer's preference for light or dark", () => {
    expect(svg).toContain("@media (prefers-color-scheme:dark)");
  });

  it("has every number finite and inside the picture", () => {
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    for (const circle of elements(root, "circle")) {
      expect(Number(circle.attributes["cx"])).toBeGreaterThan(0);
      expect(Number(circle.attributes["cx"])).toBeLessThan(1_000);
      expect(Number(circle.attributes["cy"])).toBeGreaterThan(0);
      expect(Number(circle.attributes["cy"])).toBeLessThan(640);
    }
  });

  it("draws a line in one piece, and dotted up to the first interval that does not give up", () => {
    const gaveUp = flat.map((it, index) => ({ ...it, gaveUp: index < 1 }));
    const paths = lineGroup(drawSweep([line(gaveUp)], ""))?.children.filter((it) => it.name === "path");
    expect(
      paths?.map((it) => [it.attributes["class"], it.attributes["d"]?.replaceAll(/[\d. ]+/g, "")]),
    ).toEqual([
      [undefined, "ML"],
      ["dotted", "ML"],
      [undefined, "Mh"],
    ]);
    const [whole] = lineGroup(drawSweep([line(flat)], ""))?.children.filter((it) => it.name === "path") ?? [];
    expect(whole?.attributes["d"]).toMatch(/^M[\d. ]+L[\d. ]+L[\d. ]+$/);
  });

  it("puts ten times as many starts, and ten times the interval, the same step apart", () => {
    const points = [10, 100, 1_000].map((value) => ({
      intervalMs: value,
      startsPerHour: value,
      gaveUp: false,
    }));
    const [path] =
      lineGroup(drawSweep([line(points)], ""))?.children.filter((it) => it.name === "path") ?? [];
    const [x1 = 0, y1 = 0, x2 = 0, y2 = 0, x3 = 0, y3 = 0] =
      path?.attributes["d"]?.match(/[\d.]+/g)?.map(Number) ?? [];
    expect(x3 - x2).toBeCloseTo(x2 - x1, 0);
    expect(y2 - y3).toBeCloseTo(y1 - y2, 0);
    expect(y1 - y2).toBeGreaterThan(50);
  });

  it("draws one interval and one rate, too", () => {
    expect(drawSweep([line(flat.slice(0, 1))], "")).not.toMatch(/NaN|Infinity/);
  });

  it("escapes what it writes", () => {
    const hostile = parseXml(drawSweep([line(flat, `<&">`)], `<&">`));
    expect(elements(hostile, "text").map((it) => it.text)).toContain(`<&">`);
  });
});
