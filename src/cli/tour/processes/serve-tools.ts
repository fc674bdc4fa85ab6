/** As much of an MCP server over stdin and stdout as the tour needs. */
import { createInterface } from "node:readline";

export interface TourTool {
  readonly description: string;
  /** Names of its arguments, all of them strings. */
  readonly takes: readonly string[];
  readonly isReadOnly: boolean;
  readonly call: (args: Readonly<Record<string, string>>) => string;
}

interface Request {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: {
    readonly protocolVersion?: string;
    readonly name?: string;
    readonly arguments?: Readonly<Record<string, string>>;
  };
}

/** Answers requests until stdin ends, which ends the process. */
export function serveTools(name: string, tools: Readonly<Record<string, TourTool>>): void {
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => answer(JSON.parse(line) as Request));
  lines.on("close", () => process.exit(0));

  function answer({ id, method, params }: Request): void {
    if (id === undefined) return;
    const known = Object.hasOwn(tools, params?.name ?? "") ? tools[params?.name ?? ""] : undefined;
    if (method === "initialize") {
      const { protocolVersion } = params ?? {};
      const serverInfo = { name, version: "1.0.0" };
      say({ id, result: { protocolVersion, capabilities: { tools: {} }, serverInfo } });
    } else if (method === "ping") {
      say({ id, result: {} });
    } else if (method === "tools/list") {
      say({ id, result: { tools: Object.entries(tools).map(describe) } });
    } else if (method === "tools/call" && known !== undefined) {
      say({ id, result: { content: [{ type: "text", text: known.call(params?.arguments ?? {}) }] } });
    } else {
      say({
        id,
        error: { code: -32_601, message: `there is no ${params?.name ?? method ?? "method"} here` },
      });
    }
  }
}

function describe([name, { description, takes, isReadOnly }]: [string, TourTool]): object {
  const properties = Object.fromEntries(takes.map((it) => [it, { type: "string" }]));
  return {
    name,
    description,
    inputSchema: { type: "object", properties, required: takes },
    annotations: { readOnlyHint: isReadOnly },
  };
}

function say(message: object): void {
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
}
