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

/** The message as one whole frame, not masked; its header is written in front of it. */
export function framed({ memory, start, end, binary }: Placed): Buffer {
  const length = end - start;
  const opcode = binary ? FINAL_BINARY : FINAL_TEXT;
  if (length < 126) {
    memory[start - 2] = opcode;
    memory[start - 1] = length;
    return memory.subarray(start - 2, end);
  }
  if (length < 65_536) {
    memory[start - 4] = opcode;
    memory[start - 3] = 126;
    memory[start - 2] = length >>> 8;
    memory[start - 1] = length & 0xff;
    return memory.subarray(start - 4, end);
  }
  memory[start - 10] = opcode;
  memory[start - 9] = 127;
  memory.writeBigUInt64BE(BigInt(length), start - 8);
  return memory.subarray(start - 10, end);
}
