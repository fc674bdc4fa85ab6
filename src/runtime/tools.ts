import type { Tool } from "../core/tools.ts";
import type { CallOptions, CallOutcome, ToolHandle } from "./api.ts";
import type { CallTarget } from "./calls.ts";

type Call = (
  target: CallTarget,
  args: Readonly<Record<string, unknown>>,
  options: CallOptions,
) => Promise<CallOutcome>;

/**
 * Every tool that was ever offered, by its qualified name. A name depends on the configuration only, never on which
 * server came up first; characters are those that model providers allow in tool names.
 */
export class ToolCatalogue {
  readonly #handles = new Map<string, StableHandle>();

  /** What a server offers now; handles given out before stay the same objects. */
  offer(plugin: string, server: string, isOnlyServer: boolean, tools: readonly Tool[]): void {
    for (const tool of tools) {
      const name = isOnlyServer ? `${plugin}__${tool.name}` : `${plugin}__${server}__${tool.name}`;
      const known = this.#handles.get(name);
      if (known?.server === server && known.plugin === plugin) known.tool = tool;
      else
        this.#handles.set(name, new StableHandle(name, plugin, server, tool, this.#call, this.#isAvailable));
    }
  }

  readonly #call: Call;
  readonly #isAvailable: (target: CallTarget) => boolean;

  constructor(call: Call, isAvailable: (target: CallTarget) => boolean) {
    this.#call = call;
    this.#isAvailable = isAvailable;
  }

  get(name: string): ToolHandle | undefined {
    return this.#handles.get(name);
  }

  all(): readonly ToolHandle[] {
    return [...this.#handles.values()];
  }
}

class StableHandle implements ToolHandle {
  readonly qualifiedName: string;
  readonly plugin: string;
  readonly server: string;
  /** As the server last described it. */
  tool: Tool;
  readonly #call: Call;
  readonly #isAvailable: (target: CallTarget) => boolean;

  constructor(
    qualifiedName: string,
    plugin: string,
    server: string,
    tool: Tool,
    call: Call,
    isAvailable: (target: CallTarget) => boolean,
  ) {
    this.qualifiedName = qualifiedName;
    this.plugin = plugin;
    this.server = server;
    this.tool = tool;
    this.#call = call;
    this.#isAvailable = isAvailable;
  }

  get name(): string {
    return this.tool.name;
  }
  get description(): string | null {
    return this.tool.description;
  }
  get inputSchema(): Record<string, unknown> {
    return this.tool.inputSchema;
  }
  get readOnly(): boolean {
    return this.tool.readOnly;
  }
  get idempotent(): boolean {
    return this.tool.idempotent;
  }
  get available(): boolean {
    return this.#isAvailable(this);
  }

  call(args: Readonly<Record<string, unknown>> = {}, options: CallOptions = {}): Promise<CallOutcome> {
    return this.#call({ plugin: this.plugin, server: this.server, tool: this.tool }, args, options);
  }
}
