/**
 * The machine as text: its configuration, and every format that the command line exports, too.
 *
 * @module
 */
import { type ReactNode, useEffect, useMemo, useState } from "react";
import { toDot } from "../../chart/export/dot.ts";
import { toMermaid } from "../../chart/export/mermaid.ts";
import { toScxml } from "../../chart/export/scxml.ts";
import { toStatelyJson } from "../../chart/export/stately-json.ts";
import { toText } from "../../chart/export/text.ts";
import type { ChartModel } from "../../chart/model.ts";
import { toSvg } from "../../chart/svg.ts";
import type { Encoded } from "../../inspect/protocol/encoded.ts";
import { useSlice } from "../client.ts";
import { download } from "../files.ts";
import { layOut } from "../layout/elk-worker.ts";
import { usePage } from "../page.ts";
import { Empty } from "../widgets/empty.tsx";

const formats = [
  { id: "text", title: "Outline", extension: "txt" },
  { id: "config", title: "Configuration", extension: "json" },
  { id: "stately", title: "Stately JSON", extension: "json" },
  { id: "mermaid", title: "Mermaid", extension: "mmd" },
  { id: "dot", title: "DOT", extension: "dot" },
  { id: "scxml", title: "SCXML", extension: "scxml" },
  { id: "svg", title: "SVG", extension: "svg" },
] as const;
type Format = (typeof formats)[number]["id"];

export function SourcePanel(): ReactNode {
  const page = usePage();
  const machine = useSlice(page.client, "machine") ?? null;
  const [format, setFormat] = useState<Format>("text");
  const [svg, setSvg] = useState("");
  const model = machine?.model ?? null;
  useEffect(() => {
    if (format !== "svg" || model === null) return;
    setSvg("");
    layOut(model, {}).then(
      (it) => setSvg(toSvg(it)),
      (error: unknown) => setSvg(String(error)),
    );
  }, [format, model]);
  const text = useMemo(
    () =>
      machine === null || model === null ? "" : format === "svg" ? svg : write(format, model, machine.config),
    [format, machine, model, svg],
  );
  if (machine === null || model === null) {
    return <Empty title="No machine">Choose an actor that runs a machine.</Empty>;
  }
  const extension = formats.find((it) => it.id === format)?.extension ?? "txt";
  return (
    <section className="source" aria-label="Source and export">
      <div className="panel-head">
        <div role="group" aria-label="Format" className="switch">
          {formats.map(({ id, title }) => (
            <button key={id} type="button" aria-pressed={format === id} onClick={() => setFormat(id)}>
              {title}
            </button>
          ))}
        </div>
        <span className="quiet-text grow">
          {machine.machine}
          {machine.version === null ? "" : ` ${machine.version}`} · {machine.hash.slice(0, 12)}
        </span>
        <button
          type="button"
          onClick={() =>
            void navigator.clipboard.writeText(text).then(
              () => page.notice("Copied."),
              () => page.notice("The browser does not allow copying; use Save."),
            )
          }
        >
          Copy
        </button>
        <button type="button" onClick={() => download(`${machine.machine}.${extension}`, text)}>
          Save
        </button>
      </div>
      <pre tabIndex={0} role="region" aria-label="Text of the machine">
        {text}
      </pre>
    </section>
  );
}

function write(format: Exclude<Format, "svg">, model: ChartModel, config: Encoded): string {
  switch (format) {
    case "text":
      return toText(model);
    case "config":
      return JSON.stringify(config, null, 2);
    case "stately":
      return JSON.stringify(toStatelyJson(model), null, 2);
    case "mermaid":
      return toMermaid(model);
    case "dot":
      return toDot(model);
    case "scxml":
      return toScxml(model);
  }
}
