import fc from "fast-check";

/** A marker segment around its payload. */
function segment(code: number, payload: Uint8Array): Buffer {
  const header = Buffer.from([0xff, code, 0, 0]);
  header.writeUInt16BE(payload.length + 2, 2);
  return Buffer.concat([header, payload]);
}

/** The frame header of a picture with one component. */
export function frameHeader(width: number, height: number): Buffer {
  const payload = Buffer.from([8, 0, 0, 0, 0, 1, 1, 0x11, 0]);
  payload.writeUInt16BE(height, 1);
  payload.writeUInt16BE(width, 3);
  return segment(0xc0, payload);
}

/** Compressed data: a zero after every FF. */
const stuffed = (bytes: Uint8Array): Buffer =>
  Buffer.from([...bytes].flatMap((byte) => (byte === 0xff ? [byte, 0] : [byte])));

/** Something with the structure of a JPEG, that no decoder could read. */
export function jpegOf(width: number, height: number, data: Uint8Array = Buffer.from([1, 2, 3])): Buffer {
  const soi = Buffer.from([0xff, 0xd8]);
  const eoi = Buffer.from([0xff, 0xd9]);
  return Buffer.concat([soi, frameHeader(width, height), segment(0xda, Buffer.from([1])), stuffed(data), eoi]);
}

const noise = fc.uint8Array({ maxLength: 40 });
/** Bytes that look like the markers and boundaries that are searched for. */
const traps = fc.constantFrom(Buffer.from([0xff, 0xd9]), Buffer.from([0xff, 0xd8, 0xff]), Buffer.from("\r\n\r\n--"));

/** JPEGs as the standard allows them: other JPEGs in their metadata, restart markers, fill bytes, several scans. */
export const jpegs: fc.Arbitrary<Buffer> = fc
  .record({
    metadata: fc.array(fc.oneof(noise, traps), { maxLength: 3 }),
    size: fc.tuple(fc.integer({ min: 1, max: 65_535 }), fc.integer({ min: 1, max: 65_535 })),
    scans: fc.array(noise, { minLength: 1, maxLength: 3 }),
    fill: fc.nat(2),
  })
  .map(({ metadata, size: [width, height], scans, fill }) =>
    Buffer.concat([
      Buffer.from([0xff, 0xd8]),
      ...metadata.map((payload) => segment(0xe1, payload)),
      Buffer.alloc(fill, 0xff),
      frameHeader(width, height),
      ...scans.flatMap((data) => [
        segment(0xda, Buffer.from([1])),
        stuffed(data),
        Buffer.from([0xff, 0xd0]),
        stuffed(data),
      ]),
      Buffer.from([0xff, 0xd9]),
    ]),
  );

/** The same bytes in pieces, cut anywhere. */
export function inPieces(bytes: Uint8Array): fc.Arbitrary<Uint8Array[]> {
  return fc.array(fc.nat(bytes.length), { maxLength: 12 }).map((cuts) => {
    const ends = [...cuts.sort((one, other) => one - other), bytes.length];
    return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
  });
}
