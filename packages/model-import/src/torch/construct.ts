import { invalid } from "../onnx/wire.ts";
import { dtypeOfStorage } from "./dtype.ts";
import { unsupported } from "./errors.ts";
import { expectClass, memberNamed } from "./globals.ts";
import type { PickleMachine } from "./machine.ts";
import { TorchStorage, TorchTensor } from "./tensor.ts";
import { fullName, isKind, type PickleGlobal, type PickleObject, type PickleValue } from "./value.ts";

/** Makes data of the arguments of a call; `machine` is charged for what is copied. */
type Interpreter = (args: readonly PickleValue[], machine: PickleMachine) => PickleValue;

/** What calling a class or function would give: data where its meaning is known, or else the record of an instance. */
export function call(
  callee: PickleValue,
  { args, machine }: { readonly args: PickleValue; readonly machine: PickleMachine },
): PickleValue {
  if (!isKind(callee, "global") || !isKind(args, "tuple")) throw malformed();
  const interpret = interpreters.get(fullName(callee));
  if (interpret !== undefined) return interpret(args.items, machine);
  expectClass(callee);
  return record(callee, args.items);
}

/** What making an instance would give, its `__init__` not called. Any class will do: its name cannot be called. */
export function instantiate(
  cls: PickleValue,
  { args, machine }: { readonly args: PickleValue; readonly machine: PickleMachine },
): PickleValue {
  if (!isKind(cls, "global") || !isKind(args, "tuple")) throw malformed();
  const interpret = interpreters.get(fullName(cls));
  return interpret === undefined ? record(cls, args.items) : interpret(args.items, machine);
}

/** The storage that a persistent id stands for: ("storage", class, key, location, number of elements). */
export function storageOf(id: PickleValue): TorchStorage {
  const [tag, cls, key, , length] = isKind(id, "tuple") ? id.items : [];
  if (tag !== "storage" || !isKind(cls, "global") || typeof key !== "string" || !/^\w{1,64}$/.test(key)) {
    throw malformed();
  }
  const dtype = dtypeOfStorage(cls.name);
  if (dtype === undefined || !isTorch(cls)) {
    throw unsupported(`The checkpoint stores its weights as ${fullName(cls)}, which cannot be read.`);
  }
  if (typeof length !== "number" || !Number.isSafeInteger(length) || length < 0) throw malformed();
  return new TorchStorage({ dtype, key, length });
}

function isTorch({ module }: PickleGlobal): boolean {
  return module === "torch" || module === "torch.storage";
}

function record({ module, name }: PickleGlobal, args: readonly PickleValue[]): PickleObject {
  return { kind: "object", module, name, args, attributes: new Map(), items: [], entries: new Map() };
}

/** The arguments are (storage, offset, shape, strides, …); what follows concerns training. */
function rebuildTensor([storage, offset, shape, strides]: readonly PickleValue[]): TorchTensor {
  if (!isKind(storage, "storage") || typeof offset !== "number") throw malformed();
  return new TorchTensor(storage, { offset, shape: numbers(shape), strides: numbers(strides) });
}

/** A parameter is its tensor, the first argument. */
function rebuildParameter([data]: readonly PickleValue[]): TorchTensor {
  if (!isKind(data, "tensor")) throw malformed();
  return data;
}

const rebuilders: ReadonlyMap<string, (args: readonly PickleValue[]) => TorchTensor> = new Map([
  ["torch._utils._rebuild_tensor", rebuildTensor],
  ["torch._utils._rebuild_tensor_v2", rebuildTensor],
  ["torch._utils._rebuild_parameter", rebuildParameter],
  ["torch._utils._rebuild_parameter_with_state", rebuildParameter],
]);

/** A tensor with attributes or of a subclass, by (function, class, its arguments, state): the bare tensor. */
function rebuildFromType([callee, , args]: readonly PickleValue[]): TorchTensor {
  const rebuild = isKind(callee, "global") ? rebuilders.get(fullName(callee)) : undefined;
  if (rebuild === undefined || !isKind(args, "tuple")) throw malformed();
  return rebuild(args.items);
}

/** Every call that is understood. Whatever is not here becomes a record or is refused. */
const interpreters: ReadonlyMap<string, Interpreter> = new Map<string, Interpreter>([
  ...rebuilders,
  ["torch._tensor._rebuild_from_type_v2", rebuildFromType],
  ["torch.Size", (args, machine) => ({ kind: "tuple", items: elements(args, machine) })],
  ["builtins.getattr", ([owner, name]) => memberNamed(owner, name)],
  ["builtins.tuple", (args, machine) => ({ kind: "tuple", items: elements(args, machine) })],
  ["builtins.list", (args, machine) => ({ kind: "list", items: elements(args, machine) })],
  ["collections.deque", (args, machine) => ({ kind: "list", items: elements(args, machine) })],
  ["builtins.set", (args, machine) => ({ kind: "set", items: elements(args, machine) })],
  ["builtins.frozenset", (args, machine) => ({ kind: "set", items: elements(args, machine) })],
  ["builtins.dict", (args, machine) => ({ kind: "dict", entries: pairs(args, machine) })],
  ["collections.OrderedDict", (args, machine) => ({ kind: "dict", entries: pairs(args, machine) })],
  ["collections.defaultdict", (args, machine) => ({ kind: "dict", entries: pairs(args.slice(1), machine) })],
  ["copyreg._reconstructor", ([cls, ...args]) => (isKind(cls, "global") ? record(cls, args) : fail())],
  ["builtins.bytes", bytesOf],
  ["builtins.bytearray", bytesOf],
  ["_codecs.encode", encode],
]);

function elements([source]: readonly PickleValue[], machine: PickleMachine): PickleValue[] {
  if (source === undefined) return [];
  if (!isKind(source, "list") && !isKind(source, "tuple") && !isKind(source, "set")) throw malformed();
  machine.charge(source.items.length);
  return [...source.items];
}

function pairs(args: readonly PickleValue[], machine: PickleMachine): Map<PickleValue, PickleValue> {
  const [source] = args;
  if (isKind(source, "dict")) {
    machine.charge(source.entries.size);
    return new Map(source.entries);
  }
  const entries = new Map<PickleValue, PickleValue>();
  for (const pair of elements(args, machine)) {
    const [key, value, ...rest] = isKind(pair, "list") || isKind(pair, "tuple") ? pair.items : [];
    if (key === undefined || value === undefined || rest.length > 0) throw malformed();
    entries.set(key, value);
  }
  return entries;
}

function bytesOf(args: readonly PickleValue[], machine: PickleMachine): Uint8Array {
  const [content] = args;
  if (content === undefined) return new Uint8Array();
  return content instanceof Uint8Array ? content : encode(args, machine);
}

/** Protocol 2 writes bytes as a text of characters below 256 and a call that encodes it. */
function encode([text, encoding]: readonly PickleValue[], machine: PickleMachine): Uint8Array {
  if (typeof text !== "string" || (encoding !== "latin1" && encoding !== "latin-1")) throw malformed();
  machine.charge(text.length);
  return Uint8Array.from(text, (character) => {
    const byte = character.charCodeAt(0);
    return byte < 256 ? byte : fail();
  });
}

/** The items of a tuple of numbers, as they are: a copy for each of many tensors would add up. */
function numbers(value: PickleValue | undefined): readonly number[] {
  const items = isKind(value, "tuple") ? value.items : fail();
  if (items.length > 64 || !items.every((item) => typeof item === "number")) throw malformed();
  return items;
}

function fail(): never {
  throw malformed();
}

function malformed(): Error {
  return invalid("The checkpoint is damaged: it makes a value of arguments that do not fit.");
}
