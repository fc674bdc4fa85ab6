import fc from "fast-check";
import { expect, it } from "vitest";
import { MessageReader } from "../../../src/node/process/message-reader.ts";

it("finds the same messages however the bytes are cut into chunks", () => {
  const message = fc.record({
    jsonrpc: fc.constant("2.0"),
    id: fc.nat(),
    text: fc.string({ unit: "binary" }),
  });
  fc.assert(
    fc.property(fc.array(message), fc.array(fc.nat({ max: 40 }), { minLength: 1 }), (messages, sizes) => {
      const bytes = Buffer.from(messages.map((it) => `${JSON.stringify(it)}\r\n`).join(""));
      const reader = new MessageReader(1_000_000);
      expect(chunksOf(bytes, sizes).flatMap((chunk) => reader.read(chunk).messages)).toEqual(messages);
      expect(reader.garbageLines).toBe(0);
    }),
  );
});

it("counts what is no message, but for blank lines", () => {
  const reader = new MessageReader(1_000);
  const lines = ["banner", "", "  ", "{", "[]", "null", '{"jsonrpc":"1.0"}', '{"jsonrpc":"2.0","id":1}'];
  expect(reader.read(Buffer.from(`${lines.join("\n")}\n`)).messages).toEqual([{ jsonrpc: "2.0", id: 1 }]);
  expect(reader.garbageLines).toBe(5);
});

it.each([
  { length: 100, oversize: false },
  { length: 101, oversize: true },
])("calls a line of $length bytes oversize: $oversize, at a limit of 100", ({ length, oversize }) => {
  expect(new MessageReader(100).read(Buffer.alloc(length, "x")).oversize).toBe(oversize);
  const lines = Buffer.from(`${"x".repeat(length)}\n`);
  expect(new MessageReader(100).read(lines).oversize).toBe(oversize);
});

function chunksOf(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let start = 0; start < bytes.length;) {
    const size = sizes[chunks.length % sizes.length] ?? 0;
    chunks.push(bytes.subarray(start, start + size + 1));
    start += size + 1;
  }
  return chunks;
}
