import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { frameHeader, inPieces, jpegOf, jpegs } from "./jpeg.fixture.ts";
import { JpegWalk } from "./jpeg-walk.ts";
import { boundaryOf, JPEG_LIMIT, MultipartParser } from "./multipart.ts";

interface Parsed {
  readonly pictures: Buffer[];
  damaged: number;
}

function parse(chunks: readonly Uint8Array[], boundary = "cam"): Parsed {
  const parsed: Parsed = { pictures: [], damaged: 0 };
  const parser = new MultipartParser({ boundary, label: "http://cam/", onDamaged: () => parsed.damaged++ });
  for (const chunk of chunks) for (const { bytes } of parser.push(chunk)) parsed.pictures.push(Buffer.from(bytes));
  return parsed;
}

const text = (...lines: readonly string[]): Buffer => Buffer.from(lines.join("\r\n"), "latin1");
const part = (jpeg: Uint8Array, ...headers: readonly string[]): Buffer =>
  Buffer.concat([text("--cam", ...headers, "", ""), jpeg, text("", "")]);

/** Ways in which cameras write the same stream. */
const dialects = fc.record({
  /** In the `Content-Type` header, and in the stream. */
  boundary: fc.constantFrom(["cam", "--cam"], ["--cam", "--cam"], ["--cam", "----cam"], ["a b:c", "--a b:c"]),
  newline: fc.constantFrom("\r\n", "\n"),
  preamble: fc.constantFrom("", "\r\n", "This is a stream.\r\n"),
  length: fc.constantFrom("right", "none", "wrong", "zero"),
  type: fc.constantFrom("Content-Type: image/jpeg", "content-type:image/jpg; q=1", "X-Camera: 7", undefined),
  emptyLines: fc.nat(2),
  padding: fc.constantFrom("", "\r\n", "\0\0\0\r\n"),
  text: fc.boolean(),
});
type Dialect = typeof dialects extends fc.Arbitrary<infer T> ? T : never;

function write(pictures: readonly Buffer[], dialect: Dialect): Buffer {
  const { newline, type, emptyLines, padding } = dialect;
  const [, line = ""] = dialect.boundary;
  const lengthOf = { right: (n: number) => n, wrong: (n: number) => n * 2 + 5, zero: () => 0, none: () => undefined };
  const parts = pictures.map((jpeg) => {
    const length = lengthOf[dialect.length](jpeg.length);
    const headers = [type, length === undefined ? undefined : `Content-Length: ${length}`].filter(
      (header) => header !== undefined,
    );
    return Buffer.concat([
      ...(dialect.text ? [Buffer.from([line, "Content-Type: text/plain", "", "12:00", ""].join(newline))] : []),
      Buffer.from([line, ...headers, "", newline.repeat(emptyLines)].join(newline)),
      jpeg,
      Buffer.from(padding),
    ]);
  });
  return Buffer.concat([Buffer.from(dialect.preamble), ...parts]);
}

describe("a multipart stream", () => {
  it("gives every picture once and whole, whatever the camera's dialect and however it comes in", () => {
    const streams = fc
      .tuple(fc.array(jpegs, { maxLength: 4 }), dialects)
      .chain(([pictures, dialect]) =>
        fc.tuple(fc.constant(pictures), fc.constant(dialect), inPieces(write(pictures, dialect))),
      );
    fc.assert(
      fc.property(streams, ([pictures, { boundary }, chunks]) => {
        expect(parse(chunks, boundary[0])).toEqual({ pictures, damaged: 0 });
      }),
      { numRuns: 500 },
    );
  });

  it("gives a picture as soon as its last byte is there", () => {
    const jpeg = jpegOf(4, 4);
    expect(parse([part(jpeg, "Content-Type: image/jpeg").subarray(0, -2)]).pictures).toEqual([jpeg]);
  });

  it.each([
    ["cut off", jpegOf(4, 4).subarray(0, -2)],
    ["cut off within its headers", jpegOf(4, 4).subarray(0, 9)],
    ["with rubbish at its beginning", Buffer.concat([Buffer.from("rubbish"), jpegOf(4, 4)])],
    ["without a frame header", Buffer.from([0xff, 0xd8, 0xff, 0xda, 0, 3, 1, 7, 7, 0xff, 0xd9])],
    ["that is not one", Buffer.from("<html></html>")],
  ])("goes on behind a picture %s, and counts it", (_, damaged) => {
    const good = jpegOf(8, 8);
    const stream = Buffer.concat([part(damaged, "Content-Type: image/jpeg"), part(good), part(good)]);
    expect(parse([stream])).toEqual({ pictures: [good, good], damaged: 1 });
    expect(parse([...stream].map((byte) => Uint8Array.of(byte)))).toEqual({ pictures: [good, good], damaged: 1 });
  });

  it("passes over a part of another type, whatever is in it", () => {
    const jpeg = jpegOf(8, 8);
    const stream = Buffer.concat([part(jpegOf(4, 4), "Content-Type: audio/basic"), part(jpeg)]);
    expect(parse([stream])).toEqual({ pictures: [jpeg], damaged: 0 });
  });

  it("is refused when its headers have no end", () => {
    const endless = Buffer.alloc(9_000, "X-Header: and so on\r\n");
    expect(() => parse([text("--cam", ""), endless])).toThrow("sends headers without an end between its pictures");
  });

  it("is refused at once when a picture is announced that is too large", () => {
    expect(() => parse([text("--cam", "Content-Length: 200000000", "", "")])).toThrow(
      "http://cam/ sends a picture of more than 32 MB, which is not read",
    );
  });

  it("is refused when a picture does not end", () => {
    const endless = function* (): Generator<Uint8Array> {
      yield part(jpegOf(4, 4).subarray(0, -2)).subarray(0, -2);
      for (let sent = 0; sent <= JPEG_LIMIT; sent += 1 << 20) yield Buffer.alloc(1 << 20, 7);
    };
    expect(() => parse([...endless()])).toThrow("more than 32 MB");
  });

  it("keeps nothing of what comes before the first picture", () => {
    const chunk = Buffer.alloc(1 << 20, "x");
    const parser = new MultipartParser({ boundary: "cam", label: "", onDamaged: expect.unreachable });
    const before = process.memoryUsage().arrayBuffers;
    for (let sent = 0; sent < 100; sent++) expect([...parser.push(chunk)]).toEqual([]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10 * chunk.length);
    expect([...parser.push(part(jpegOf(4, 4)))]).toHaveLength(1);
  });
});

describe("the boundary of a content type", () => {
  it.each([
    ["multipart/x-mixed-replace;boundary=cam", "cam"],
    ['multipart/x-mixed-replace; boundary="a b"', "a b"],
    ["multipart/x-mixed-replace; charset=x; BOUNDARY = --cam ; q=1", "--cam"],
    ["multipart/x-mixed-replace", undefined],
  ])("%s", (contentType, boundary) => {
    expect(boundaryOf(contentType)).toBe(boundary);
  });
});

describe("walking through a JPEG", () => {
  it("finds its end, however it comes in and whatever follows", () => {
    const cases = fc.tuple(jpegs, fc.uint8Array()).chain(([jpeg, rest]) => {
      return fc.tuple(fc.constant(jpeg), fc.constant(Buffer.concat([jpeg, rest])), fc.array(fc.nat(jpeg.length - 1)));
    });
    fc.assert(
      fc.property(cases, ([jpeg, bytes, stops]) => {
        const walk = new JpegWalk();
        for (const stop of stops.sort((one, other) => one - other)) walk.advance(bytes.subarray(0, stop));
        expect(walk.advance(bytes)).toBe("end");
        expect(walk.length).toBe(jpeg.length);
      }),
    );
  });

  it("knows the size of the picture, not that of a preview in its metadata", () => {
    const preview = jpegOf(160, 120);
    const metadata = Buffer.concat([Buffer.from([0xff, 0xe1, 0, preview.length + 2]), preview]);
    const walk = new JpegWalk();
    walk.advance(Buffer.concat([Buffer.from([0xff, 0xd8]), metadata, frameHeader(1920, 1080)]));
    expect(walk.size).toEqual({ width: 1920, height: 1080 });
  });

  it("ends on any bytes at all", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const walk = new JpegWalk();
        walk.advance(Buffer.concat([Buffer.from([0xff, 0xd8]), bytes]));
        expect(walk.length).toBeLessThanOrEqual(bytes.length + 2);
      }),
    );
  });
});
