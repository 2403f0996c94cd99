import { invalid } from "../onnx/wire.ts";
import { call, instantiate, storageOf } from "./construct.ts";
import { globalNamed } from "./globals.ts";
import type { PickleMachine } from "./machine.ts";
import { append, build, setEntries } from "./mutate.ts";
import type { PickleReader } from "./pickle-reader.ts";
import type { PickleValue } from "./value.ts";

/** What an opcode does: reads its argument and changes the machine. */
export type Operation = (machine: PickleMachine, reader: PickleReader) => void;

/** Turns a function that reads a value into the opcode that pushes it. */
function pushing(read: (reader: PickleReader) => PickleValue): Operation {
  return (machine, reader) => machine.push(read(reader));
}

/** The opcode for a tuple of the last few values. */
function tupleOf(length: number): Operation {
  return (machine) => {
    const items = Array.from({ length }, () => machine.pop()).reverse();
    machine.push({ kind: "tuple", items });
  };
}

/** Opcodes of protocols 2 to 5 by their byte, which is the character in the first column where it is printable. */
export const operations: ReadonlyMap<number, Operation> = new Map<number, Operation>([
  // Values
  [code("N"), pushing(() => null)],
  [0x88, pushing(() => true)],
  [0x89, pushing(() => false)],
  [code("J"), pushing((reader) => reader.int32())],
  [code("K"), pushing((reader) => reader.uint8())],
  [code("M"), pushing((reader) => reader.uint16())],
  [0x8a, pushing((reader) => reader.integer(reader.uint8()))],
  [0x8b, pushing((reader) => reader.integer(reader.uint32()))],
  [code("G"), pushing((reader) => reader.float64())],
  [code("U"), pushing((reader) => reader.text(reader.uint8()))],
  [code("T"), pushing((reader) => reader.text(reader.uint32()))],
  [0x8c, pushing((reader) => reader.text(reader.uint8()))],
  [code("X"), pushing((reader) => reader.text(reader.uint32()))],
  [0x8d, pushing((reader) => reader.text(reader.uint64()))],
  [code("C"), pushing((reader) => reader.bytes(reader.uint8()))],
  [code("B"), pushing((reader) => reader.bytes(reader.uint32()))],
  [0x8e, pushing((reader) => reader.bytes(reader.uint64()))],
  [0x96, pushing((reader) => reader.bytes(reader.uint64()))],
  // Containers
  [code("]"), pushing(() => ({ kind: "list", items: [] }))],
  [code("}"), pushing(() => ({ kind: "dict", entries: new Map() }))],
  [code(")"), pushing(() => ({ kind: "tuple", items: [] }))],
  [0x8f, pushing(() => ({ kind: "set", items: [] }))],
  [0x85, tupleOf(1)],
  [0x86, tupleOf(2)],
  [0x87, tupleOf(3)],
  [code("t"), (machine) => machine.push({ kind: "tuple", items: machine.popToMark() })],
  [code("l"), (machine) => machine.push({ kind: "list", items: machine.popToMark() })],
  [0x91, (machine) => machine.push({ kind: "set", items: machine.popToMark() })],
  [code("d"), dictOfMark],
  [code("a"), withLast(1, append)],
  [code("e"), withMarked(append)],
  [0x90, withMarked(append)],
  [code("s"), withLast(2, setEntries)],
  [code("u"), withMarked(setEntries)],
  // Stack and memo
  [code("("), (machine) => machine.mark()],
  [code("0"), (machine) => machine.discard()],
  [code("1"), (machine) => void machine.popToMark()],
  [code("2"), (machine) => machine.push(machine.top())],
  [code("q"), (machine, reader) => machine.remember(reader.uint8())],
  [code("r"), (machine, reader) => machine.remember(reader.uint32())],
  [0x94, (machine) => machine.memoize()],
  [code("h"), (machine, reader) => machine.recall(reader.uint8())],
  [code("j"), (machine, reader) => machine.recall(reader.uint32())],
  // Classes and instances
  [code("c"), pushing((reader) => globalNamed(reader.line(), reader.line()))],
  [0x93, stackGlobal],
  [code("R"), reduce],
  [0x81, newObject],
  [0x92, newObjectEx],
  [code("i"), instance],
  [code("o"), objectOfMark],
  [code("b"), buildState],
  [code("Q"), (machine) => machine.push(storageOf(machine.pop()))],
  // Protocol and framing, which say nothing about the value
  [0x80, (_machine, reader) => expectProtocol(reader.uint8())],
  [0x95, (_machine, reader) => void reader.uint64()],
]);

/** The byte that ends a pickle. */
export const stop = code(".");

function code(character: string): number {
  return character.charCodeAt(0);
}

function withLast(length: number, change: (target: PickleValue, values: PickleValue[]) => void): Operation {
  return (machine) => {
    const values = Array.from({ length }, () => machine.pop()).reverse();
    change(machine.top(), values);
  };
}

function withMarked(change: (target: PickleValue, values: PickleValue[]) => void): Operation {
  return (machine) => {
    const values = machine.popToMark();
    change(machine.top(), values);
  };
}

function dictOfMark(machine: PickleMachine): void {
  const values = machine.popToMark();
  const dict: PickleValue = { kind: "dict", entries: new Map() };
  setEntries(dict, values);
  machine.push(dict);
}

function stackGlobal(machine: PickleMachine): void {
  const name = machine.pop();
  const module = machine.pop();
  if (typeof module !== "string" || typeof name !== "string") {
    throw invalid("The checkpoint is damaged: it names a class by something that is no text.");
  }
  machine.push(globalNamed(module, name));
}

function reduce(machine: PickleMachine): void {
  const args = machine.pop();
  machine.push(call(machine.pop(), { args, machine }));
}

function newObject(machine: PickleMachine): void {
  const args = machine.pop();
  machine.push(instantiate(machine.pop(), { args, machine }));
}

/** Keyword arguments hold nothing that an importer reads: they are dropped. */
function newObjectEx(machine: PickleMachine): void {
  machine.pop();
  newObject(machine);
}

function instance(machine: PickleMachine, reader: PickleReader): void {
  const cls = globalNamed(reader.line(), reader.line());
  machine.push(call(cls, { args: { kind: "tuple", items: machine.popToMark() }, machine }));
}

function objectOfMark(machine: PickleMachine): void {
  const [cls = null, ...items] = machine.popToMark();
  machine.push(call(cls, { args: { kind: "tuple", items }, machine }));
}

function buildState(machine: PickleMachine): void {
  const state = machine.pop();
  build(machine.top(), { state, machine });
}

function expectProtocol(version: number): void {
  if (version < 2 || version > 5)
    throw invalid(`The checkpoint is pickled with protocol ${version}; 2 to 5 are known.`);
}
