/** Part of a pickle: opcodes with their arguments, in order. */
export type Part = readonly number[];

const encoder = new TextEncoder();

/** A pickle of the parts, between its protocol (2 unless given) and its end. */
export function pickle(parts: readonly Part[], protocol = 2): Uint8Array {
  return Uint8Array.from([0x80, protocol, ...parts.flat(), ...chars(".")]);
}

export const none: Part = chars("N");
export const emptyList: Part = chars("]");
export const emptyDict: Part = chars("}");
export const emptyTuple: Part = chars(")");
export const mark: Part = chars("(");
export const append: Part = chars("a");
export const appends: Part = chars("e");
export const setItem: Part = chars("s");
export const setItems: Part = chars("u");
export const reduce: Part = chars("R");
export const newObject: Part = [0x81];
export const newObjectEx: Part = [0x92];
export const build: Part = chars("b");
export const duplicate: Part = chars("2");
export const pop: Part = chars("0");
export const stackGlobal: Part = [0x93];
export const memoize: Part = [0x94];
export const persistentId: Part = chars("Q");

/** A text with a length of 32 bits. */
export function text(value: string): Part {
  const bytes = encoder.encode(value);
  return [...chars("X"), ...uint32(bytes.length), ...bytes];
}

/** A signed integer of 32 bits. */
export function int(value: number): Part {
  return [...chars("J"), ...uint32(value)];
}

/** A reference to a class or function, as protocol 2 writes it. */
export function global(module: string, name: string): Part {
  return chars(`c${module}\n${name}\n`);
}

/** A tuple of the values that the parts push. */
export function tuple(...parts: readonly Part[]): Part {
  return [...mark, ...parts.flat(), ...chars("t")];
}

/** A dict of keys and the values that parts push. */
export function dict(entries: Readonly<Record<string, Part>>): Part {
  return [
    ...emptyDict,
    ...mark,
    ...Object.entries(entries).flatMap(([key, part]) => [...text(key), ...part]),
    ...setItems,
  ];
}

/** The call of a class or function with the values that the parts push. */
export function call(callee: Part, ...args: readonly Part[]): Part {
  return [...callee, ...tuple(...args), ...reduce];
}

/** An instance of a class with attributes, as Python writes one. */
export function instance(cls: Part, attributes: Readonly<Record<string, Part>>): Part {
  return [...cls, ...emptyTuple, ...newObject, ...dict(attributes), ...build];
}

/** Remembers the top under a number. */
export function put(index: number): Part {
  return [...chars("r"), ...uint32(index)];
}

/** Pushes what was remembered under a number. */
export function get(index: number): Part {
  return [...chars("j"), ...uint32(index)];
}

/** A tensor over the storage with a key. */
export function tensor(spec: {
  readonly storage: string;
  readonly key: string;
  /** Elements of the storage. */
  readonly length: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset?: number;
}): Part {
  const id = tuple(text("storage"), global("torch", spec.storage), text(spec.key), text("cpu"), int(spec.length));
  return call(
    global("torch._utils", "_rebuild_tensor_v2"),
    [...id, ...persistentId],
    int(spec.offset ?? 0),
    tuple(...spec.shape.map(int)),
    tuple(...spec.strides.map(int)),
    [0x89],
    call(global("collections", "OrderedDict")),
  );
}

/** The opcode or ASCII text as bytes. */
export function chars(value: string): Part {
  return Array.from(value, (character) => character.charCodeAt(0));
}

function uint32(value: number): Part {
  return [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);
}
