import { readFileSync, writeFileSync } from "node:fs";

/** Flips one bit of a file, whose size stays. */
export function flipByte(path: string): void {
  const bytes = readFileSync(path);
  bytes.writeUInt8(bytes.readUInt8(0) ^ 1, 0);
  writeFileSync(path, bytes);
}
