/**
 * Says what happens to the selected actor, and escalations: at most one sentence a second. Notices are also shown.
 *
 * @module
 */
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useSlice } from "../client.ts";
import { usePage, useUi } from "../page.ts";

const noticeMs = 4000;

export function Announcer(): ReactNode {
  const page = usePage();
  const { notice } = useUi();
  const actor = useSlice(page.client, "actor");
  const status = useSlice(page.client, "status");
  const [sentence, setSentence] = useState("");
  const wanted = useRef("");
  const open = status?.openEscalations ?? 0;
  wanted.current = [
    actor == null ? "" : `${actor.name} is ${actor.state}`,
    open === 0 ? "" : `${open} open ${open === 1 ? "escalation" : "escalations"}`,
  ]
    .filter((it) => it !== "")
    .join("; ");
  useEffect(() => {
    const timer = setInterval(() => setSentence(wanted.current), 1000);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    if (notice === "") return;
    const timer = setTimeout(() => page.notice(""), noticeMs);
    return () => clearTimeout(timer);
  }, [notice, page]);
  return (
    <>
      <div className="hidden" aria-live="polite">
        {sentence}
      </div>
      <div className={notice === "" ? "notice" : "notice shown"} role="status">
        {notice}
      </div>
    </>
  );
}
