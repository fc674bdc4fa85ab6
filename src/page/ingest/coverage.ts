/**
 * How often the parts of a machine were seen: while the page was connected, and by tests (a file, or what a source tells).
 *
 * @module
 */
import type { CoverageDomainRecord } from "../../inspect/protocol/domain.ts";
import type { Machine } from "./definition.ts";
import type { Source } from "./source.ts";
import type { CoverageCounts, CoverageSlice } from "./slices.ts";

/** The contents of a coverage file by the hash or the id of the machine. */
export type CoverageFile = ReadonlyMap<string, CoverageCounts>;

export function coverageSlice(source: Source, machine: Machine, file: CoverageFile): CoverageSlice {
  const { hash, machine: id } = machine.definition;
  const told = (of: CoverageDomainRecord["of"]): CoverageDomainRecord | undefined =>
    source.coverage.get(`${of}:${hash}`) ?? source.coverage.get(`${of}:${id}`);
  const { states, transitions } = machine.live;
  const counted = {
    states: Object.fromEntries(states),
    transitions: Object.fromEntries(transitions),
    paths: {},
  };
  return {
    def: hash,
    machine: id,
    // The source has counted since its start, the page since it came.
    live: told("live") ?? counted,
    tests: file.get(hash) ?? file.get(id) ?? told("tests") ?? null,
  };
}

/**
 * Reads one coverage record, an array of them, or `{ "coverage": [ … ] }`, each
 * `{ def, states: { ID: COUNT }, transitions: { ID: COUNT }, paths?: { ID: [EVENT, …] } }`.
 *
 * Throws a `TypeError` that says what is wrong.
 */
export function readCoverage(text: string): CoverageFile {
  const read: unknown = JSON.parse(text);
  const wrapped = isRecord(read) && Array.isArray(read["coverage"]) ? read["coverage"] : read;
  const list: readonly unknown[] = Array.isArray(wrapped) ? wrapped : [wrapped];
  const file = new Map<string, CoverageCounts>();
  for (const it of list) {
    if (
      !isRecord(it) ||
      typeof it["def"] !== "string" ||
      !isCounts(it["states"]) ||
      !isCounts(it["transitions"])
    ) {
      throw new TypeError(
        'this is not a coverage file: each record needs "def" (a machine), "states" and "transitions" (counts by id)',
      );
    }
    const paths = isRecord(it["paths"]) ? (it["paths"] as Record<string, readonly string[]>) : {};
    file.set(it["def"], { states: it["states"], transitions: it["transitions"], paths });
  }
  return file;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is Record<string, number> {
  return isRecord(value) && Object.values(value).every((it) => typeof it === "number");
}
