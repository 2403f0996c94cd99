/** Adds a model in a process of its own, and prints its id or what went wrong. */
import { type AddOptions, addModel } from "./add.ts";

const options = JSON.parse(process.argv[2] ?? "{}") as AddOptions;
const said = await addModel(options).then(
  ({ id }) => ({ id }),
  (thrown: Error) => ({ refused: thrown.message }),
);
process.stdout.write(JSON.stringify(said));
