import type { Command } from "commander";
import type { ConformanceFlags } from "./conformance/command.ts";

/** The command for those who run a server of the streaming API, or write one. */
export function registerConformance(program: Command): void {
  program
    .command("conformance")
    .description("say whether a server of the streaming API, this or another, keeps to its description")
    .argument("<url>", "where it listens, as in ws://127.0.0.1:8000/ws/v1")
    .option("--token <text>", "a token, or SENSORIUM_TOKEN in the environment")
    .option("--api-key <text>", "an API key instead of a token")
    .option("--expiring-token <text>", "a token that runs out within five minutes, to see what happens then")
    .option("--environment <id>", "the environment to look at, instead of all of them")
    .option("--record <file>", "write every message to a file, one JSON object to a line")
    .option("--quick", "leave out what takes a minute or more")
    .option("--json", "print the result as JSON")
    .action(async (url: string, options: ConformanceFlags) => {
      const { conformance } = await import("./conformance/command.ts");
      await conformance(url, options);
    });
}
