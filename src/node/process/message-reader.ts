/** A JSON-RPC message as it comes from a process: only known to be one. */
export interface RawMessage {
  readonly jsonrpc: "2.0";
  readonly [key: string]: unknown;
}

const newline = 10;

/** Cuts stdout into lines and takes the JSON-RPC messages out of them. */
export class MessageReader {
  readonly #limitBytes: number;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #garbageLines = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Lines that were neither blank nor a JSON-RPC message: banners, colours, debugging. */
  get garbageLines(): number {
    return this.#garbageLines;
  }

  /** The messages that `chunk` completes; `oversize` when a line is over the limit: then the rest is unusable. */
  read(chunk: Buffer): { readonly messages: readonly RawMessage[]; readonly oversize: boolean } {
    const messages: RawMessage[] = [];
    let rest = chunk;
    for (let end = rest.indexOf(newline); end >= 0; end = rest.indexOf(newline)) {
      if (this.#pendingBytes + end > this.#limitBytes) return { messages, oversize: true };
      const line = Buffer.concat([...this.#pending, rest.subarray(0, end)]).toString("utf8");
      this.#pending = [];
      this.#pendingBytes = 0;
      rest = rest.subarray(end + 1);
      const message = this.#parse(line.trim());
      if (message !== null) messages.push(message);
    }
    if (rest.length > 0) this.#pending.push(rest);
    this.#pendingBytes += rest.length;
    return { messages, oversize: this.#pendingBytes > this.#limitBytes };
  }

  #parse(line: string): RawMessage | null {
    if (line === "") return null;
    const value = parseJson(line);
    if (isMessage(value)) return value;
    this.#garbageLines += 1;
    return null;
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

function isMessage(value: unknown): value is RawMessage {
  return typeof value === "object" && value !== null && "jsonrpc" in value && value.jsonrpc === "2.0";
}
