import { invalid } from "../onnx/wire.ts";
import type { PickleMachine } from "./machine.ts";
import { isKind, type PickleObject, type PickleTuple, type PickleValue } from "./value.ts";

// Values are read-only to those who receive them; while they are being built, these functions fill them.

/** Adds elements to a list, a set or an instance of a subclass of them. */
export function append(target: PickleValue, values: readonly PickleValue[]): void {
  if (!isKind(target, "list") && !isKind(target, "set") && !isKind(target, "object")) throw misplaced();
  const items = target.items as PickleValue[];
  for (const value of values) items.push(value);
}

/** Sets entries, given as keys and values in turn, of a dict or an instance of a subclass of it. */
export function setEntries(target: PickleValue, values: readonly PickleValue[]): void {
  if (!isKind(target, "dict") && !isKind(target, "object")) throw misplaced();
  const entries = target.entries as Map<PickleValue, PickleValue>;
  for (let at = 0; at < values.length; at += 2) {
    const [key, value] = [values[at], values[at + 1]];
    if (key === undefined || value === undefined) throw misplaced();
    entries.set(key, value);
  }
}

/** Gives an instance its state. Attributes of containers and tensors, such as `_metadata`, are dropped. */
export function build(
  target: PickleValue,
  { state, machine }: { readonly state: PickleValue; readonly machine: PickleMachine },
): void {
  if (isKind(target, "object")) setState(target, { state, machine });
  else if (!isKind(target, "dict") && !isKind(target, "list") && !isKind(target, "set") && !isKind(target, "tensor")) {
    throw misplaced();
  }
}

function setState(
  target: PickleObject,
  { state, machine }: { readonly state: PickleValue; readonly machine: PickleMachine },
): void {
  const attributes = target.attributes as Map<string, PickleValue>;
  const parts = isSlotState(state) ? state.items : [state];
  for (const part of parts) {
    if (part === null) continue;
    if (!isKind(part, "dict")) attributes.set("__setstate__", part);
    else {
      machine.charge(part.entries.size);
      for (const [name, value] of part.entries) attributes.set(attributeName(name), value);
    }
  }
}

/** Classes with `__slots__` have two dicts for a state, of which one may be None. */
function isSlotState(state: PickleValue): state is PickleTuple {
  return (
    isKind(state, "tuple") &&
    state.items.length === 2 &&
    state.items.every((part) => part === null || isKind(part, "dict"))
  );
}

function attributeName(name: PickleValue): string {
  if (typeof name !== "string") throw misplaced();
  return name;
}

function misplaced(): Error {
  return invalid("The checkpoint is damaged: it fills a value that cannot hold it.");
}
