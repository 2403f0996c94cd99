import type { TorchStorage, TorchTensor } from "./tensor.ts";

/** A Python list, in order. */
export interface PickleList {
  readonly kind: "list";
  readonly items: readonly PickleValue[];
}

/** A Python tuple or `torch.Size`. */
export interface PickleTuple {
  readonly kind: "tuple";
  readonly items: readonly PickleValue[];
}

/** A Python set or frozenset, in the file's order and with its repetitions. */
export interface PickleSet {
  readonly kind: "set";
  readonly items: readonly PickleValue[];
}

/** A Python dict or `OrderedDict`. Keys that are no plain values are told apart by identity. */
export interface PickleDict {
  readonly kind: "dict";
  readonly entries: ReadonlyMap<PickleValue, PickleValue>;
}

/** A class or function that the file names. It is a name only: nothing is looked up. */
export interface PickleGlobal {
  readonly kind: "global";
  readonly module: string;
  readonly name: string;
}

/** The inert record of an instance: what it was made of, in place of the instance. */
export interface PickleObject {
  readonly kind: "object";
  /** Module of its class, such as `ultralytics.nn.modules.conv`. */
  readonly module: string;
  /** Name of its class, such as `Conv`. */
  readonly name: string;
  /** Arguments that its class would have been called with. */
  readonly args: readonly PickleValue[];
  /** Its `__dict__` and slots; a state that is neither lies under `__setstate__`. */
  readonly attributes: ReadonlyMap<string, PickleValue>;
  /** Elements of an instance of a subclass of list. */
  readonly items: readonly PickleValue[];
  /** Entries of an instance of a subclass of dict. */
  readonly entries: ReadonlyMap<PickleValue, PickleValue>;
}

/** A value of Python that has parts or a name. */
export type PickleCompound =
  | PickleList
  | PickleTuple
  | PickleSet
  | PickleDict
  | PickleGlobal
  | PickleObject
  | TorchStorage
  | TorchTensor;

/**
 * Anything a checkpoint can hold. An int is a number when that is exact and a bigint otherwise; int and float are not
 * told apart. A value never contains itself, but its parts may be shared.
 */
export type PickleValue = null | boolean | number | bigint | string | Uint8Array | PickleCompound;

/** Whether the value is of a kind, such as `isKind(value, "tensor")`. */
export function isKind<K extends PickleCompound["kind"]>(
  value: PickleValue | undefined,
  kind: K,
): value is Extract<PickleCompound, { kind: K }> {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === kind;
}

/** The entry of a dict under a key; undefined when there is none or the value is no dict. */
export function entry(value: PickleValue | undefined, key: PickleValue): PickleValue | undefined {
  return isKind(value, "dict") ? value.entries.get(key) : undefined;
}

/**
 * The attribute of an object, as Python would find it on a `torch.nn.Module`: its own first, then among its
 * parameters, buffers and submodules. Undefined when there is none or the value is no object.
 */
export function attribute(value: PickleValue | undefined, name: string): PickleValue | undefined {
  if (!isKind(value, "object")) return undefined;
  const own = value.attributes.get(name);
  if (own !== undefined) return own;
  for (const table of ["_parameters", "_buffers", "_modules"]) {
    const found = entry(value.attributes.get(table), name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Submodules of a `torch.nn.Module` by name, in order, without places that hold None; none for any other value. */
export function submodules(module: PickleValue | undefined): ReadonlyMap<string, PickleObject> {
  const found = new Map<string, PickleObject>();
  const table = isKind(module, "object") ? module.attributes.get("_modules") : undefined;
  if (!isKind(table, "dict")) return found;
  for (const [name, child] of table.entries) {
    if (typeof name === "string" && isKind(child, "object")) found.set(name, child);
  }
  return found;
}

/** Full name of a class or function: its module and its name. */
export function fullName({ module, name }: { readonly module: string; readonly name: string }): string {
  return `${module}.${name}`;
}
