import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { findAbandonedScratch, makeScratch, nameScratch } from "../../../src/cli/run/scratch.ts";

function runDirectory(): string {
  const folder = mkdtempSync(join(tmpdir(), "homeostat-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

it("is made for this user only, remembered, and removed with its note", () => {
  const folder = runDirectory();
  const scratch = nameScratch();
  const remove = makeScratch(scratch, folder);
  expect(statSync(scratch).mode & 0o777).toBe(0o700);
  expect(findAbandonedScratch(folder)).toBe(scratch);
  remove();
  expect(existsSync(scratch)).toBe(false);
  expect(readdirSync(folder)).toEqual([]);
  expect(findAbandonedScratch(folder)).toBeNull();
});

it.each([
  "",
  "/",
  tmpdir(),
  join(tmpdir(), "homeostat-"),
  `/etc/${"homeostat-00000000-0000-4000-8000-000000000000"}`,
])("is never taken to be %j, whatever the note says", (path) => {
  const folder = runDirectory();
  writeFileSync(join(folder, "scratch.txt"), path);
  expect(findAbandonedScratch(folder)).toBeNull();
});
