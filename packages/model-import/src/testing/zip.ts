import { crc32, deflateRawSync } from "node:zlib";

/** An entry of a zip file for tests, sound unless a field says otherwise. */
export interface ZipSpec {
  readonly name: string;
  readonly content: Uint8Array;
  readonly deflate?: boolean;
  readonly crc?: number;
  /** Size of the content that the zip file claims. */
  readonly size?: number;
  /** Size and offset are written in 64 bits. */
  readonly wide?: boolean;
  /** Offset of the header, in place of the true one. */
  readonly header?: number;
  /** Name in front of the content, in place of the true one. */
  readonly localName?: string;
  readonly flags?: number;
  readonly method?: number;
}

/** A zip file with the entries, in order. */
export function zip(specs: readonly ZipSpec[], { wide = false }: { readonly wide?: boolean } = {}): Uint8Array {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const spec of specs) {
    const stored = spec.deflate ? deflateRawSync(spec.content) : Buffer.from(spec.content);
    const local = Buffer.concat([
      header(0x04034b50, { spec, stored }),
      Buffer.from(spec.localName ?? spec.name),
      stored,
    ]);
    centrals.push(central({ spec, stored, offset: spec.header ?? offset }));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(centrals);
  const tail = wide ? [end64(specs.length, { offset, size: directory.length })] : [];
  const end = endRecord(
    specs.length,
    wide ? { offset: 0xffffffff, size: 0xffffffff } : { offset, size: directory.length },
  );
  return new Uint8Array(Buffer.concat([...locals, directory, ...tail, end]));
}

/** The zip file that `torch.save` would write around a pickle. */
export function checkpointFile(
  pickle: Uint8Array,
  {
    storages = {},
    byteorder,
    deflate = false,
  }: { storages?: Readonly<Record<string, Uint8Array>>; byteorder?: string; deflate?: boolean } = {},
): Uint8Array {
  return zip([
    { name: "best/data.pkl", content: pickle, deflate },
    ...(byteorder === undefined ? [] : [{ name: "best/byteorder", content: Buffer.from(byteorder) }]),
    ...Object.entries(storages).map(([key, content]) => ({ name: `best/data/${key}`, content, deflate })),
    { name: "best/version", content: Buffer.from("3\n") },
  ]);
}

interface Written {
  readonly spec: ZipSpec;
  readonly stored: Buffer;
}

/** The fields that the two headers of an entry share, without the name. */
function header(signature: number, { spec, stored }: Written): Buffer {
  const bytes = Buffer.alloc(30);
  bytes.writeUInt32LE(signature, 0);
  bytes.writeUInt16LE(spec.flags ?? 0, 6);
  bytes.writeUInt16LE(spec.method ?? (spec.deflate ? 8 : 0), 8);
  bytes.writeUInt32LE(spec.crc ?? crc32(spec.content), 14);
  bytes.writeUInt32LE(stored.length, 18);
  bytes.writeUInt32LE(spec.size ?? spec.content.length, 22);
  bytes.writeUInt16LE(Buffer.byteLength(signature === 0x04034b50 ? (spec.localName ?? spec.name) : spec.name), 26);
  return bytes;
}

function central({ spec, stored, offset }: Written & { readonly offset: number }): Buffer {
  const fixed = Buffer.alloc(46);
  fixed.writeUInt32LE(0x02014b50, 0);
  header(0x02014b50, { spec, stored }).copy(fixed, 6, 4);
  const extra = spec.wide ? Buffer.alloc(28) : Buffer.alloc(0);
  fixed.writeUInt16LE(extra.length, 30);
  fixed.writeUInt32LE(spec.wide ? 0xffffffff : offset, 42);
  if (spec.wide) {
    fixed.writeUInt32LE(0xffffffff, 20);
    fixed.writeUInt32LE(0xffffffff, 24);
    extra.writeUInt16LE(1, 0);
    extra.writeUInt16LE(24, 2);
    for (const [index, value] of [spec.size ?? spec.content.length, stored.length, offset].entries()) {
      extra.writeBigUInt64LE(BigInt(value), 4 + index * 8);
    }
  }
  return Buffer.concat([fixed, Buffer.from(spec.name), extra]);
}

function endRecord(count: number, { offset, size }: { readonly offset: number; readonly size: number }): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return end;
}

/** The 64-bit end record and the locator that points at it. */
function end64(count: number, { offset, size }: { readonly offset: number; readonly size: number }): Buffer {
  const end = Buffer.alloc(56 + 20);
  end.writeUInt32LE(0x06064b50, 0);
  end.writeBigUInt64LE(44n, 4);
  end.writeBigUInt64LE(BigInt(count), 24);
  end.writeBigUInt64LE(BigInt(count), 32);
  end.writeBigUInt64LE(BigInt(size), 40);
  end.writeBigUInt64LE(BigInt(offset), 48);
  end.writeUInt32LE(0x07064b50, 56);
  end.writeBigUInt64LE(BigInt(offset + size), 64);
  end.writeUInt32LE(1, 72);
  return end;
}
