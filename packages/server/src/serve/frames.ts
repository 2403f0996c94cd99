/** The most bytes that stand before a message of a server: RFC 6455, section 5.2. */
export const MAX_HEADER_BYTES = 10;

const [FINAL_TEXT, FINAL_BINARY] = [0x81, 0x82];

/** A message within memory that has at least `MAX_HEADER_BYTES` free before it. */
export interface Placed {
  readonly memory: Buffer;
  readonly start: number;
  readonly end: number;
  readonly binary: boolean;
}

/** Makes the message one whole frame, not masked, by a header in front of it; returns where that begins. */
export function writeHeader({ memory, start, end, binary }: Placed): number {
  const length = end - start;
  const opcode = binary ? FINAL_BINARY : FINAL_TEXT;
  if (length < 126) {
    memory[start - 2] = opcode;
    memory[start - 1] = length;
    return start - 2;
  }
  if (length < 65_536) {
    memory[start - 4] = opcode;
    memory[start - 3] = 126;
    memory[start - 2] = length >>> 8;
    memory[start - 1] = length & 0xff;
    return start - 4;
  }
  memory[start - 10] = opcode;
  memory[start - 9] = 127;
  memory.writeBigUInt64BE(BigInt(length), start - 8);
  return start - 10;
}
