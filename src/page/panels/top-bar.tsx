/** Connection, command box, pause, files, escalations, theme, help. */
import { type ReactNode, useRef } from "react";
import { Button, Menu, MenuItem, MenuTrigger, Popover } from "react-aria-components";
import { useSlice, useView } from "../client.ts";
import { copyLink, openFile, saveRecording, saveReplay, toggleRecording } from "../files.ts";
import { rate } from "../format.ts";
import { inlinedText } from "../inlined.ts";
import type { StatusSlice } from "../ingest/slices.ts";
import { usePage, useUi } from "../page.ts";

export function TopBar(): ReactNode {
  const page = usePage();
  const { theme, recordFrom } = useUi();
  const { at } = useView(page.client);
  const status = useSlice(page.client, "status");
  const file = useRef<HTMLInputElement>(null);
  const open = status?.openEscalations ?? 0;
  return (
    <header className="top-bar">
      <h1>
        <svg viewBox="0 0 32 32" width="20" height="20" aria-hidden="true">
          <path
            d="M16 2 28 9v14L16 30 4 23V9Z"
            fill="none"
            stroke="currentColor"
            strokeWidth="3"
            strokeLinejoin="round"
          />
          <circle cx="16" cy="16" r="5" fill="currentColor" />
        </svg>
        homeostat
      </h1>
      {status !== undefined && <ConnectionPill status={status} />}
      <button type="button" className="command-button" onClick={() => page.ui.set({ dialog: "commands" })}>
        <span>Search actors, views, actions…</span>
        <kbd>Ctrl K</kbd>
      </button>
      <button type="button" aria-pressed={at !== null} onClick={() => page.togglePause()}>
        {at === null ? "❚❚ Pause" : "▶ Go on"} <kbd>Space</kbd>
      </button>
      <MenuTrigger>
        <Button className="menu-button">{recordFrom === null ? "Files" : "● Recording"} ▾</Button>
        <Popover className="popover" placement="bottom end">
          <Menu
            className="menu"
            onAction={(key) => {
              if (key === "record") void toggleRecording(page);
              if (key === "save") void saveRecording(page);
              if (key === "replay") void saveReplay(page);
              if (key === "open") file.current?.click();
            }}
          >
            <MenuItem id="record">
              {recordFrom === null ? "Record from now on" : "Stop recording and save it"}
            </MenuItem>
            <MenuItem id="save">Save everything as a recording (.jsonl)</MenuItem>
            {inlinedText("recording") === null && (
              <MenuItem id="replay">Save everything as one page (.html)</MenuItem>
            )}
            <MenuItem id="open">Open a recording or coverage file…</MenuItem>
          </Menu>
        </Popover>
      </MenuTrigger>
      <input
        ref={file}
        type="file"
        id="open-file"
        hidden
        aria-label="Recording or coverage file"
        accept=".jsonl,.ndjson,.json"
        onChange={({ target }) => {
          const [chosen] = target.files ?? [];
          if (chosen !== undefined) void openFile(page, chosen);
          target.value = "";
        }}
      />
      <button type="button" onClick={() => void copyLink(page)}>
        Copy link
      </button>
      <button type="button" className={open > 0 ? "alarm" : ""} onClick={() => page.focus("inbox")}>
        ⚠ {open} {open === 1 ? "escalation" : "escalations"}
      </button>
      <button
        type="button"
        aria-label={theme === "dark" ? "Light theme" : "Dark theme"}
        title="Dark or light (d)"
        onClick={() => page.toggleTheme()}
      >
        {theme === "dark" ? "☾" : "☀"}
      </button>
      <button
        type="button"
        aria-label="Keys"
        title="Keys (?)"
        onClick={() => page.ui.set({ dialog: "help" })}
      >
        ?
      </button>
    </header>
  );
}

const words: Readonly<Record<StatusSlice["connection"], readonly [text: string, tone: string]>> = {
  idle: ["no source", "ended"],
  connecting: ["connecting", "warn"],
  live: ["live", "ok"],
  lost: ["connection lost, trying again", "error"],
  refused: ["not let in", "error"],
  file: ["a recording", "info"],
};

function ConnectionPill({ status }: { readonly status: StatusSlice }): ReactNode {
  const { connection, sources, missing, dropped, refused, lastProblem, message } = status;
  const isOver = sources.length > 0 && sources.every((it) => it.ended === "endOfFile");
  const [text, tone] = words[isOver ? "file" : connection];
  const there = sources.filter((it) => it.ended === null).length;
  const lost = missing + dropped + refused;
  const title = [
    `${missing} records are missing, ${dropped} messages were not of the protocol, ${refused} connections were refused.`,
    lastProblem,
    message,
  ]
    .filter((it) => it !== null)
    .join(" ");
  return (
    <span className="pill" title={title}>
      <span className={`mark ${tone}`} aria-hidden="true">
        ●
      </span>
      {text} · {counted(there, "source")}
      {sources.length > there && `, ${sources.length - there} ended`} · {rate(status.rate)} ·{" "}
      <span className={lost > 0 ? "warn-text" : ""}>
        {missing.toLocaleString("en")} missing{dropped + refused > 0 && `, ${dropped + refused} refused`}
      </span>
    </span>
  );
}

const counted = (count: number, one: string): string => `${count} ${count === 1 ? one : `${one}s`}`;
