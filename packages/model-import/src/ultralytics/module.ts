import type { SensoriumError } from "@sensorium/protocol";
import { invalid } from "../onnx/wire.ts";
import { unsupported } from "../torch/errors.ts";
import type { TorchTensor } from "../torch/tensor.ts";
import { attribute, fullName, isKind, type PickleObject, type PickleValue, submodules } from "../torch/value.ts";

/** A `torch.nn.Module` of the checkpoint: its settings, weights and parts, and where in the network it is. */
export class Module {
  /** Its place, such as `model.4.cv1`; empty for the network itself. */
  readonly path: string;
  readonly #record: PickleObject;
  readonly #parts: ReadonlyMap<string, PickleObject>;
  readonly #taken = new Set<string>();

  constructor(record: PickleObject, path: string) {
    this.#record = record;
    this.path = path;
    this.#parts = submodules(record);
  }

  /** Full name of its class, such as `ultralytics.nn.modules.conv.Conv`. */
  get className(): string {
    return fullName(this.#record);
  }

  /** A part that has to be there. */
  part(name: string): Module {
    const part = this.optionalPart(name);
    if (part === undefined) throw this.invalid(`lacks its part ${name}`);
    return part;
  }

  optionalPart(name: string): Module | undefined {
    const record = this.#parts.get(name);
    this.#taken.add(name);
    return record && new Module(record, this.path === "" ? name : `${this.path}.${name}`);
  }

  /** The parts of a `ModuleList` or `Sequential`, in order. */
  items(): Module[] {
    return [...this.#parts.keys()].map((name) => this.part(name));
  }

  /** A part that was never asked for: the network does something that is not known here. */
  untouchedPart(): Module | undefined {
    const name = [...this.#parts.keys()].find((name) => !this.#taken.has(name));
    return name === undefined ? undefined : this.part(name);
  }

  /** A setting as it was pickled; undefined when there is none. */
  setting(name: string): PickleValue | undefined {
    return attribute(this.#record, name);
  }

  flag(name: string): boolean {
    return this.setting(name) === true;
  }

  number(name: string): number {
    const value = this.setting(name);
    if (typeof value !== "number" || !Number.isFinite(value)) throw this.invalid(`has no number ${name}`);
    return value;
  }

  /** A whole number from `least` on. */
  integer(name: string, least = 1): number {
    return this.#whole(this.setting(name), name, least);
  }

  /** A setting with a value for height and one for width, or one value for both. */
  pair(name: string, least = 1): readonly [number, number] {
    const value = this.setting(name);
    const [height, width = height] = isKind(value, "tuple") || isKind(value, "list") ? value.items : [value];
    return [this.#whole(height, name, least), this.#whole(width, name, least)];
  }

  /** A weight, parameter or buffer that has to be there. */
  tensor(name: string): TorchTensor {
    const tensor = this.optionalTensor(name);
    if (tensor === undefined) throw this.invalid(`lacks its weights ${name}`);
    return tensor;
  }

  optionalTensor(name: string): TorchTensor | undefined {
    const value = this.setting(name);
    return isKind(value, "tensor") ? value : undefined;
  }

  /** A tensor of a shape that follows from the others. */
  floats(name: string, shape: readonly number[]): Float32Array {
    const tensor = this.tensor(name);
    if (tensor.shape.length === shape.length && tensor.shape.every((size, axis) => size === shape[axis])) {
      return tensor.floats();
    }
    throw this.invalid(`has ${name} of shape [${tensor.shape}] instead of [${shape}]`);
  }

  /** The error for a module that contradicts itself or its neighbours. */
  invalid(what: string): SensoriumError {
    return invalid(`${this.#subject} ${what}.`);
  }

  /** The error for a use of a known module that cannot be converted. */
  unsupported(what: string): SensoriumError {
    return unsupported(`${this.#subject} ${what}.`);
  }

  get #subject(): string {
    return this.path === "" ? `The network ${this.className}` : `The module ${this.className} at ${this.path}`;
  }

  #whole(value: PickleValue | undefined, name: string, least: number): number {
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= least) return value;
    throw this.invalid(`has no usable ${name}`);
  }
}
