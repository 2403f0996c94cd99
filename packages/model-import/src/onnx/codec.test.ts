import { SensoriumError } from "@sensorium/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GraphBuilder } from "./builder.ts";
import { readModel, writeModel } from "./codec.ts";
import type { ModelProto } from "./proto.ts";
import { WireWriter } from "./wire.ts";

function smallModel(): ModelProto {
  const graph = new GraphBuilder();
  const x = graph.input("x", "float32", ["batch", 3]);
  const weight = graph.constant("weight", [3], Float32Array.of(1, 2, 3));
  const y = graph.node("Mul", [x, weight], {
    name: "y",
    attributes: { f: 0.5, s: "text", i: 2n ** 63n - 1n, l: [-1, 2] },
  });
  graph.output(y, "float32", ["batch", 3]);
  return {
    irVersion: 8,
    producerName: "test",
    graph: graph.build("small"),
    opsetImport: [{ version: 17 }],
    metadataProps: [{ key: "names", value: "{0: 'Ärger'}" }],
  };
}

function codeOf(act: () => unknown): string {
  try {
    act();
    return "accepted";
  } catch (error) {
    if (error instanceof SensoriumError && /^[A-Z].*\.$/.test(error.message)) return error.code;
    throw error;
  }
}

/** A length-delimited field, such as a later version of the schema may add. */
function futureField(field: number, content: string): Uint8Array {
  const writer = new WireWriter();
  writer.tag(field, 2);
  writer.string(content);
  return writer.finish();
}

describe("reading and writing a model", () => {
  it("gives back what was written", () => {
    const model = smallModel();
    expect(readModel(writeModel(model))).toEqual(model);
  });

  it("keeps fields it does not know, byte for byte and at every level", () => {
    const model = smallModel();
    model.unknown = [futureField(20, "training"), futureField(5000, "extension")];
    const [node] = model.graph?.node ?? [];
    if (node !== undefined) node.unknown = [futureField(9, "node metadata")];
    const once = writeModel(model);
    expect(readModel(once)).toEqual(model);
    expect(writeModel(readModel(once))).toEqual(once);
  });

  it("does not copy tensor data", () => {
    const bytes = writeModel(smallModel());
    const [weight] = readModel(bytes).graph.initializer;
    expect(weight?.rawData?.buffer).toBe(bytes.buffer);
  });

  it("reads number lists packed or one by one", () => {
    const graph = new WireWriter();
    const tensor = new WireWriter();
    for (const size of [4n, 5n]) {
      tensor.tag(1, 0);
      tensor.varint(size);
    }
    graph.tag(5, 2);
    graph.nested(tensor);
    const writer = new WireWriter();
    writer.raw(writeModel({ irVersion: 8, opsetImport: [{ version: 17 }], metadataProps: [] }));
    writer.tag(7, 2);
    writer.nested(graph);
    const model = readModel(writer.finish());
    expect(model.graph.initializer[0]?.dims).toEqual([4, 5]);
    expect(readModel(writeModel(model)).graph.initializer[0]?.dims).toEqual([4, 5]);
  });
});

describe("a file that is not a usable ONNX model is refused with one sentence", () => {
  it.each([
    ["an empty file", new Uint8Array()],
    ["a web page", new TextEncoder().encode("<!DOCTYPE html><html><body>404 not found</body></html>")],
    ["a zip archive", Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0, 0, 0, 8, 0, 1, 2, 3, 4)],
    ["a TensorFlow SavedModel", Uint8Array.of(0x08, 0x01, 0x12, 0x06, 0x0a, 0x04, 0x12, 0x02, 0xe9, 0xff)],
    ["a length far beyond the end", Uint8Array.of(0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0)],
    ["a varint without end", new Uint8Array(64).fill(0xff)],
  ])("%s", (_name, bytes) => {
    expect(codeOf(() => readModel(bytes))).toBe("model-invalid");
  });

  it("graphs nested without end", () => {
    let bytes: Uint8Array = new Uint8Array();
    // graph ⊃ node (1) ⊃ attribute (5) ⊃ graph (6) ⊃ …
    for (let level = 0; level < 3000; level++) {
      for (const field of [6, 5, 1]) {
        const outer = new WireWriter();
        outer.tag(field, 2);
        outer.delimited(bytes);
        bytes = outer.finish();
      }
    }
    const model = new WireWriter();
    model.tag(7, 2);
    model.delimited(bytes);
    expect(() => readModel(model.finish())).toThrow("nests too deeply");
  });

  it("a model whose weights lie in another file, naming that file", () => {
    const model = smallModel();
    const [weight] = model.graph?.initializer ?? [];
    if (weight !== undefined) {
      weight.dataLocation = 1;
      weight.externalData = [{ key: "location", value: "big.onnx.data" }];
    }
    expect(() => readModel(writeModel(model))).toThrow("big.onnx.data");
  });

  it("a model cut off anywhere", () => {
    const whole = writeModel(smallModel());
    for (let length = 0; length < whole.length; length++) {
      const outcome = codeOf(() => readModel(whole.subarray(0, length)));
      // Cut exactly between two fields after the last needed one, a file is still a model.
      expect(["model-invalid", "accepted"]).toContain(outcome);
      if (length < whole.length / 2) expect(outcome).toBe("model-invalid");
    }
  });

  it("random bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(codeOf(() => readModel(bytes))).toBe("model-invalid");
      }),
      { numRuns: 3000 },
    );
  });

  it("a model with bytes changed is read or refused, never anything else", () => {
    const whole = writeModel(smallModel());
    const change = fc.record({ at: fc.nat(whole.length - 1), value: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const bytes = whole.slice();
        for (const { at, value } of changes) bytes[at] = value;
        expect(["model-invalid", "accepted"]).toContain(codeOf(() => writeModel(readModel(bytes))));
      }),
      { numRuns: 3000 },
    );
  });
});
