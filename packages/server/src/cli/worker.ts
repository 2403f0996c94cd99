import type { Command } from "commander";
import type { WorkerCheckFlags } from "./worker-check.ts";
import type { SimulateFlags } from "./worker-simulate.ts";

/** The commands for those who run a detector worker, or write one. */
export function registerWorker(program: Command): void {
  const worker = program.command("worker").description("speak to detector workers, ours or others, as their backend");
  worker
    .command("check")
    .description("say whether a worker keeps to the protocol; the original worker loses its other subscriptions by it")
    .argument("<url>", "where it listens, as in ws://127.0.0.1:8000/")
    .option("--camera <url>", "a camera that it can reach, rtsp:// or the http:// address of snapshots")
    .option("--model <url>", "a bundle that it can fetch")
    .option("--token <text>", "an API key or a token, where it asks for one")
    .option("--json", "print the result as JSON")
    .action(async (url: string, options: WorkerCheckFlags) => {
      const { checkWorker } = await import("./worker-check.ts");
      await checkWorker(url, options);
    });
  worker
    .command("simulate-backend")
    .description("be a worker's backend: send the subscriptions of a file, print what comes as JSON lines")
    .argument("<url>", "where the worker listens, as in ws://127.0.0.1:8000/")
    .requiredOption("--list <file>", "a JSON file with subscriptions and perhaps sessions; followed when it changes")
    .option("--token <text>", "an API key or a token, where the worker asks for one")
    .option("--once", "end with the connection, instead of connecting again")
    .action(async (url: string, options: SimulateFlags) => {
      const { simulateBackend } = await import("./worker-simulate.ts");
      await simulateBackend(url, options);
    });
}
