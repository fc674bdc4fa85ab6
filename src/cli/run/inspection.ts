/**
 * What of a run is shown elsewhere: on the inspector's page, in the Stately Inspector, in a recording.
 *
 * @module
 */
import { HomeostatError } from "../../core/errors.ts";
import { createInspector, type Inspector } from "../../inspect/inspector.ts";
import { sendToStately } from "../../inspect/stately.ts";
import { openInspector } from "../../node/inspector/open-inspector.ts";
import { createRecording } from "../../node/inspector/recording-file.ts";
import { openBrowser } from "../inspect/browser.ts";
import { readVersion } from "../version.ts";

export interface InspectionOptions {
  readonly inspect?: true | "stately";
  readonly open: boolean;
  readonly allowSend: boolean;
  readonly record?: string;
}

export interface Inspection {
  /** For the supervisor, before it is started. */
  readonly inspector: Inspector;
  /** Throws a HomeostatError: `not_provided` without `@statelyai/inspect`, `config_invalid`, `invalid_state`. */
  open(notice: (text: string) => void): Promise<void>;
  /** Sends and writes what waits. */
  close(): Promise<void>;
}

/** Where upstream's own server listens. */
const statelyUrl = "ws://localhost:8080";

/** `null`: nothing of it is shown elsewhere. Throws `config_invalid` for options of a page that is not asked for. */
export function prepareInspection(options: InspectionOptions): Inspection | null {
  const { inspect, record, allowSend } = options;
  if (inspect !== true && (options.open || allowSend)) {
    const option = options.open ? "--open" : "--allow-send";
    throw new HomeostatError("config_invalid", `${option} is for the page of --inspect: give --inspect too`);
  }
  if (inspect === undefined && record === undefined) return null;
  const inspector = createInspector({ app: "homeostat run", pid: process.pid });
  const ends: (() => unknown)[] = [];
  return {
    inspector,
    async open(notice) {
      if (record !== undefined) {
        const file = createRecording(record, notice);
        inspector.connect(file.write);
        ends.push(() => file.close());
      }
      if (inspect === "stately") {
        ends.push(await sendToStately(inspector, { url: statelyUrl }));
        notice(
          `the Stately Inspector gets it at ${statelyUrl}, where createInspectorServer() of @statelyai/inspect listens`,
        );
      }
      if (inspect !== true) return;
      const server = await openInspector({ allowSend, version: readVersion() });
      ends.push(() => server.close());
      server.inspect(inspector);
      notice(`the inspector is at ${server.url}`);
      if (options.open) openBrowser(server.url, notice);
    },
    async close() {
      inspector.close();
      for (const end of ends) await end();
    },
  };
}
