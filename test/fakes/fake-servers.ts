import type {
  OpenServer,
  OpenServerInput,
  ServerSession,
  SessionCallOutcome,
  ToolCall,
} from "../../src/core/ports.ts";
import type { ExitCause, ServerExit } from "../../src/core/server.ts";
import { StartError } from "../../src/core/start-error.ts";
import type { Tool } from "../../src/core/tools.ts";

export const tool = (name: string, facts: Partial<Tool> = {}): Tool => ({
  name,
  description: null,
  inputSchema: { type: "object" },
  readOnly: false,
  idempotent: false,
  ...facts,
});

export const exit = (facts: Partial<ServerExit> = {}): ServerExit => ({
  cause: "exited",
  code: null,
  signal: "SIGKILL",
  stderrTail: "",
  garbageLines: 0,
  ...facts,
});

/** One process that a test holds in its hand: it starts, serves, hangs and dies when the test says so. */
export class FakeProcess {
  readonly input: OpenServerInput;
  readonly signal: AbortSignal;
  readonly calls: { call: ToolCall; settle: (outcome: SessionCallOutcome) => void }[] = [];
  tools: readonly Tool[] = [tool("echo")];
  /** Answers probes. */
  responsive = true;
  /** Ends as soon as it is asked to. */
  polite = true;
  closing = false;
  /** Takes no more calls, as a process does whose end is not known yet. */
  deaf = false;
  #toolsListener: (tools: readonly Tool[]) => void = () => {};
  readonly #opening = Promise.withResolvers<ServerSession>();
  readonly #exited = Promise.withResolvers<ServerExit>();
  alive = true;

  constructor(input: OpenServerInput, signal: AbortSignal) {
    this.input = input;
    this.signal = signal;
    signal.addEventListener("abort", () => {
      this.alive = false;
      this.#opening.reject(
        new StartError({ code: "aborted", message: "aborted", permanent: false, exit: null }),
      );
    });
  }

  get opening(): Promise<ServerSession> {
    return this.#opening.promise;
  }

  serve(): Promise<void> {
    this.#opening.resolve({
      pid: 1000 + this.input.incarnation,
      info: { name: "fake", version: "1" },
      tools: this.tools,
      resources: [],
      partial: false,
      exited: this.#exited.promise,
      onToolsChanged: (listener) => void (this.#toolsListener = listener),
      probe: (signal) => this.#probe(signal),
      callTool: (call) => this.#call(call),
      close: () => {
        this.closing = true;
        if (this.polite) void this.die({ cause: "requested", code: 0, signal: null });
        return this.#exited.promise;
      },
      kill: (cause: ExitCause) => void this.die({ cause }),
    });
    return flush();
  }

  refuse(code: "command_missing" | "exited_in_handshake", permanent: boolean): Promise<void> {
    this.alive = false;
    this.#opening.reject(new StartError({ code, message: `fake: ${code}`, permanent, exit: null }));
    return flush();
  }

  die(facts: Partial<ServerExit> = {}): Promise<void> {
    this.alive = false;
    const ended = exit(facts);
    this.#exited.resolve(ended);
    for (const { settle } of this.calls.splice(0)) settle({ outcome: "lost", exit: ended });
    return flush();
  }

  answer(text = "ok"): Promise<void> {
    this.calls
      .shift()
      ?.settle({ outcome: "completed", result: { content: [{ type: "text", text }], isError: false } });
    return flush();
  }

  changeTools(tools: readonly Tool[]): Promise<void> {
    this.tools = tools;
    this.#toolsListener(tools);
    return flush();
  }

  #probe(signal: AbortSignal): Promise<void> {
    if (this.responsive) return Promise.resolve();
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("no answer"))));
  }

  #call(call: ToolCall): Promise<SessionCallOutcome> {
    if (!this.alive || this.deaf) return Promise.resolve({ outcome: "notSent" });
    return new Promise((settle) => this.calls.push({ call, settle }));
  }
}

/** An `OpenServer` whose processes a test steps by hand. */
export class FakeServers {
  readonly processes: FakeProcess[] = [];

  readonly open: OpenServer = (input, signal) => {
    const process = new FakeProcess(input, signal);
    this.processes.push(process);
    return process.opening;
  };

  /** The youngest process of a server; throws when there is none. */
  last(server: string): FakeProcess {
    const found = this.processes.findLast(({ input }) => input.server === server);
    if (found === undefined) throw new Error(`no process of "${server}" was started`);
    return found;
  }

  /** Starts of a server so far. */
  starts(server: string): number {
    return this.processes.filter(({ input }) => input.server === server).length;
  }

  get alive(): number {
    return this.processes.filter(({ alive }) => alive).length;
  }
}

/** Lets everything that is only waiting for settled promises happen. */
export async function flush(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}
