import { invalid } from "../onnx/wire.ts";
import { PickleMachine } from "./machine.ts";
import { operations, stop } from "./opcodes.ts";
import { PickleReader } from "./pickle-reader.ts";
import type { PickleValue } from "./value.ts";

/**
 * Reads a pickle of protocol 2 to 5 as inert values: no class is looked up and nothing is called, whatever the file
 * asks for. Throws `model-invalid` when it is damaged, hostile or beyond the limits, and `model-unsupported` when it
 * needs a function that is not understood.
 */
export function readPickle(bytes: Uint8Array): PickleValue {
  const reader = new PickleReader(bytes);
  const machine = new PickleMachine();
  for (let opcode = reader.uint8(); opcode !== stop; opcode = reader.uint8()) {
    machine.charge(1);
    const operate = operations.get(opcode);
    if (operate === undefined) {
      throw invalid(`The checkpoint is damaged: 0x${opcode.toString(16)} is no opcode of pickle's protocols 2 to 5.`);
    }
    operate(machine, reader);
  }
  return machine.pop();
}
