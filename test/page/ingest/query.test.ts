import { describe, expect, it } from "vitest";
import { type Field, parseQuery } from "../../../src/page/ingest/query.ts";

const row = (text: string, fields: Partial<Record<Field, string>> = {}) => ({
  text: text.toLowerCase(),
  field: (name: Field) => fields[name] ?? "",
});
const passes = (query: string, ...subject: Parameters<typeof row>): boolean =>
  parseQuery(query).test(row(...subject));

describe("a filter", () => {
  it("that is empty passes everything", () => {
    expect(parseQuery("  ")).toMatchObject({ isEmpty: true, problem: null });
    expect(passes("", "anything")).toBe(true);
  });

  it("finds a word in any case, anywhere", () => {
    expect(passes("CRASH", "mail server.crashed")).toBe(true);
    expect(passes("crash", "mail server.exited")).toBe(false);
  });

  it("needs all of its terms", () => {
    expect(passes("mail exited", "mail server.exited")).toBe(true);
    expect(passes("mail crash", "mail server.exited")).toBe(false);
  });

  it("keeps quoted words together", () => {
    expect(passes('"two words"', "here are two words")).toBe(true);
    expect(passes('"two words"', "words and two")).toBe(false);
    expect(passes('actor:"my mail"', "", { actor: "app/my mail" })).toBe(true);
  });

  it("reads what stands between slashes as a regular expression, blanks included", () => {
    expect(passes("/tim.*out after/", "Timed out after 5 s")).toBe(true);
    expect(passes("event:/^server\\.(exited|lost)$/", "", { event: "server.exited" })).toBe(true);
    expect(passes("event:/^server\\.(exited|lost)$/", "", { event: "server.exited.again" })).toBe(false);
  });

  it("takes any of the alternatives of a field", () => {
    expect(passes("actor:mail|billing", "", { actor: "app/billing" })).toBe(true);
    expect(passes("actor:mail|billing", "", { actor: "app/search" })).toBe(false);
  });

  it("turns a term round with !", () => {
    expect(passes("!type:action", "", { type: "event" })).toBe(true);
    expect(passes("!type:action", "", { type: "action" })).toBe(false);
    expect(passes("!noise", "mail")).toBe(true);
  });

  it.each([
    ["colour:red", 'no field "colour"; there are actor, type, state, event, tag, from, is'],
    ["event:/(/", "/(/ is not a regular expression"],
    ["!", "write what is not wanted after the !"],
  ])("says what is wrong with %s, and keeps the other terms", (query, problem) => {
    const parsed = parseQuery(`mail ${query}`);
    expect(parsed.problem).toBe(problem);
    expect(parsed.test(row("mail"))).toBe(true);
    expect(parsed.test(row("search"))).toBe(false);
  });
});
