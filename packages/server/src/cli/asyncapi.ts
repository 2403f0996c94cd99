import { ASYNCAPI_NAMES, type AsyncApiName, asyncApi } from "@sensorium/protocol/asyncapi";
import { Argument, type Command } from "commander";

/** The command that prints what the socket protocols are. */
export function registerAsyncApi(program: Command): void {
  program
    .command("asyncapi")
    .description("print the AsyncAPI document of a socket protocol")
    .addArgument(new Argument("<protocol>", "which one").choices(ASYNCAPI_NAMES))
    .action((name: AsyncApiName) => {
      process.stdout.write(`${JSON.stringify(asyncApi(name), undefined, 2)}\n`);
    });
}
