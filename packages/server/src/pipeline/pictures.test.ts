import { describe, expect, it } from "vitest";
import type { EncodeRequest, Moment } from "../capture/messages.ts";
import type { EncodedPicture } from "./camera-view.ts";
import { Pictures } from "./pictures.ts";

const moment = (sequence: number, at = sequence * 100_000): Moment => ({
  sequence,
  at,
  capturedMs: sequence,
  decodedMs: sequence,
  size: { width: 640, height: 360 },
});

/** A capture that encodes at once and remembers what it was asked. */
function scriptedSource() {
  const encoded: EncodeRequest[] = [];
  const watched: number[] = [];
  return {
    encoded,
    watched,
    watch: (maxFps: number) => void watched.push(maxFps),
    async encode(request: EncodeRequest) {
      encoded.push(request);
      return Uint8Array.of(request.sequence);
    },
  };
}

const request = { annotated: true, quality: 75, maxWidth: 1280, maxFps: 30 };
const overlay = { boxes: [], lines: [], captions: [] };

function open() {
  const source = scriptedSource();
  const pictures = new Pictures(() => overlay);
  pictures.attach(source);
  return { source, pictures, stop: new AbortController() };
}

async function take(pictures: AsyncIterable<EncodedPicture>): Promise<number> {
  for await (const { sequence } of pictures) return sequence;
  return -1;
}

describe("pictures", () => {
  it("are not made while nobody looks", () => {
    const { source, pictures, stop } = open();
    pictures.offer(moment(1));
    expect(source.encoded).toEqual([]);
    pictures.view(request, stop.signal);
    stop.abort();
    pictures.offer(moment(2));
    expect(source.encoded).toEqual([]);
    expect(source.watched).toEqual([0, 30, 0]);
  });

  it("are encoded once however many look", async () => {
    const { source, pictures, stop } = open();
    const viewers = [1, 2, 3].map(() => pictures.view(request, stop.signal));
    const first = viewers.map(take);
    pictures.offer(moment(1));
    expect(await Promise.all(first)).toEqual([1, 1, 1]);
    expect(source.encoded.length).toBe(1);
  });

  it("wait for their boxes while the detector still looks at an earlier frame", () => {
    const { source, pictures, stop } = open();
    pictures.view(request, stop.signal);
    pictures.inferring(1);
    pictures.offer(moment(1));
    pictures.offer(moment(2));
    expect(source.encoded).toEqual([]);
    pictures.inferring(3);
    pictures.inferred(1);
    expect(source.encoded.map(({ sequence }) => sequence)).toEqual([1, 2]);
    pictures.offer(moment(3));
    expect(source.encoded.length).toBe(2);
  });

  it("without drawings do not wait", () => {
    const { source, pictures, stop } = open();
    pictures.view({ ...request, annotated: false }, stop.signal);
    pictures.inferring(1);
    pictures.offer(moment(1));
    expect(source.encoded).toMatchObject([{ sequence: 1, overlay: null }]);
  });

  it("keep to the rate that was asked, from a source that is faster", () => {
    const { source, pictures, stop } = open();
    pictures.view({ ...request, maxFps: 30 }, stop.signal);
    for (let i = 0; i < 60; i++) pictures.offer(moment(i + 1, (i * 1e6) / 60));
    expect(source.encoded.length).toBe(30);
  });

  it("come at the rate of a source that is slower, each once", () => {
    const { source, pictures, stop } = open();
    pictures.view(request, stop.signal);
    for (let i = 0; i < 25; i++) pictures.offer(moment(i + 1, (i * 1e6) / 25));
    expect(new Set(source.encoded.map(({ sequence }) => sequence)).size).toBe(25);
    expect(source.encoded.length).toBe(25);
  });
});
