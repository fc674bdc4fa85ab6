/**
 * Files that the page writes and opens.
 *
 * @module
 */
import { elkUrl } from "./started.ts";
import ingestUrl from "./ingest/worker.ts?worker&url";
import type { Page } from "./page.ts";

export function download(name: string, text: string, type = "text/plain"): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

const stamp = (): string => new Date().toISOString().slice(0, 19).replaceAll(":", "-");

/** Begins to record; the second time, saves what came since. */
export async function toggleRecording(page: Page): Promise<void> {
  const { recordFrom } = page.ui.get();
  if (recordFrom === null) {
    page.ui.set({ recordFrom: (page.client.get("status")?.lastPos ?? -1) + 1 });
    page.notice("Recording from now on.");
    return;
  }
  page.ui.set({ recordFrom: null });
  await saveRecording(page, recordFrom);
}

export async function saveRecording(page: Page, from = 0): Promise<void> {
  const text = await page.client.ask({ kind: "recording", from });
  download(`recording-${stamp()}.jsonl`, text, "application/x-ndjson");
  page.notice("Saved as a recording.");
}

/** A recording, or counts of what tests have seen; which one is seen from its content. */
export async function openFile(page: Page, file: File): Promise<void> {
  const text = await file.text();
  const [first = ""] = text.trimStart().split("\n", 1);
  if (/"type"\s*:\s*"(hello|def|batch|gap|ended)"/.test(first)) {
    const problems = await page.client.ask({ kind: "open", text });
    const [problem] = problems;
    page.notice(
      problem === undefined
        ? `${file.name} is open.`
        : `${file.name} is open; ${problems.length} lines were left out: ${problem}`,
    );
    return;
  }
  const problem = await page.client.ask({ kind: "openCoverage", text });
  if (problem !== null) return page.notice(`${file.name} cannot be opened: ${problem}`);
  page.openTab("coverage");
  page.notice(`The counts of ${file.name} are shown under Coverage, as tests.`);
}

/** The page and everything it knows as one file that opens anywhere, without a server. */
export async function saveReplay(page: Page): Promise<void> {
  const read = async (url: string | undefined): Promise<string> =>
    url === undefined ? "" : (await fetch(url)).text();
  const style = document.querySelector<HTMLLinkElement>("link[rel=stylesheet]")?.href;
  const [code, css, ingest, elk, recording] = await Promise.all([
    // This very file holds all of the page.
    read(import.meta.url),
    read(style),
    read(ingestUrl),
    read(elkUrl()),
    page.client.ask({ kind: "recording", from: 0 }),
  ]);
  const html = replayOf({ code, css, ingest, elk, recording });
  download(`replay-${stamp()}.html`, html, "text/html");
  page.notice("Saved as one page.");
}

interface ReplayParts {
  readonly code: string;
  readonly css: string;
  readonly ingest: string;
  readonly elk: string;
  readonly recording: string;
}

function replayOf({ code, css, ingest, elk, recording }: ReplayParts): string {
  const json = (text: string): string => JSON.stringify(text).replaceAll("<", "\\u003c");
  const inline = (name: string, text: string): string =>
    `<script type="application/json" id="inlined-${name}">${json(text)}</script>`;
  // What would end the element stands in strings only, where the backslash changes nothing.
  const safe = code.replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>homeostat replay</title>
<template id="react-aria-pressable-style"></template>
<style>${css}</style>
</head>
<body>
<div id="page"></div>
${inline("ingest", ingest)}
${inline("elk", elk)}
${inline("recording", recording)}
<script type="module">${safe}</script>
</body>
</html>
`;
}

export async function copyLink(page: Page): Promise<void> {
  const url = new URL(location.href);
  // The token is a key, not a place.
  url.searchParams.delete("token");
  url.hash = page.link();
  try {
    await navigator.clipboard.writeText(url.href);
    page.notice("The link to what you see is copied.");
  } catch {
    page.notice(`The browser does not allow copying; the link is ${url.href}`);
  }
}
