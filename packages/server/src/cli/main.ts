/** The `sensorium` command: reads arguments, calls the rest, and says what went wrong in one sentence. */
import { reasonOf, SensoriumError } from "@sensorium/protocol";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { registerAsyncApi } from "./asyncapi.ts";
import { registerConfig } from "./config.ts";
import { registerConformance } from "./conformance.ts";
import type { LoginLinkFlags } from "./login-link.ts";
import { registerModels } from "./models.ts";
import { registerMpta } from "./mpta.ts";
import { registerWorker } from "./worker.ts";

const program = new Command("sensorium")
  .description("Live people, counts and events from cameras")
  .exitOverride()
  .showHelpAfterError("(sensorium --help shows what can be asked)");

const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];
const wholeNumber = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value)) throw new InvalidArgumentError("It is not a whole number.");
  return value;
};

function withModel(command: Command): Command {
  return command
    .option("--model <name|file>", "a model's name, or an .onnx or .pt file")
    .option(
      "--line <x1,y1,x2,y2>",
      "a counting line in fractions of the picture; name it as door=…; may be repeated",
      collect,
    )
    .option("--class <name>", "what to count (person); may be repeated", collect)
    .option("--threads <n>", "inference threads (one per core)", wholeNumber)
    .option("--device <name>", "what models run on (auto): cpu, cuda, directml or coreml");
}

withModel(program.command("serve"))
  .description("watch cameras, count, and serve the page and the counter protocol; without a source, a simulated room")
  .argument("[sources...]", "video files, rtsp:// or http(s):// addresses, webcam:0")
  .option("--host <address>", "where the page listens (127.0.0.1); 0.0.0.0 for everywhere")
  .option("--port <n>", "port of the page (8000)", wholeNumber)
  .option("--tls [certificate,key]", "serve by https://, with PEM files of yours or a certificate made here")
  .option("--trust-proxy <n|addresses>", "reverse proxies that are believed: how many, or which")
  .option("--counter-port <n>", "port of the people counter (8765)", wholeNumber)
  .option("--loop", "begin a video file again when it ends")
  .option("--rtsp-transport <tcp|udp>", "how RTSP pictures travel (tcp)")
  .option("--snapshot-interval <time>", "from one picture of a snapshot camera to the next (1 s)")
  .option("--home <folder>", "where state is kept (.sensorium)")
  .option("--config <file>", "the configuration file (sensorium.yaml, where there is one)")
  .action(async (sources: string[], options: Record<string, unknown>) => {
    const { serve } = await import("./serve.ts");
    await serve(sources, options);
  });

program
  .command("login-link")
  .description("print a link that logs the admin in, once; the server may be running")
  .option("--home <folder>", "where the server keeps its state (.sensorium)")
  .option("--port <n>", "port of the page (8000)", wholeNumber)
  .option("--tls", "the page is served by https://")
  .action(async (options: LoginLinkFlags) => {
    const { printLoginLink } = await import("./login-link.ts");
    await printLoginLink(options);
  });

registerConfig(program);

withModel(program.command("count"))
  .description("count who crosses a line in a video file, as fast as the machine can")
  .argument("<video>", "a video file")
  .option("--json", "print the result as JSON")
  .option("--home <folder>", "where prepared models are kept (.sensorium)")
  .action(async (video: string, options: Record<string, unknown>) => {
    const { count } = await import("./count.ts");
    await count(video, options);
  });

const source = program.command("source").description("look at sources");
source
  .command("probe")
  .description("open a source, read its first picture, and say what it is")
  .argument("<source>", "a video file, an rtsp:// or http(s):// address, webcam:0")
  .option("--rtsp-transport <tcp|udp>", "how RTSP pictures travel (tcp)")
  .option("--snapshot-interval <time>", "from one picture of a snapshot camera to the next (1 s)")
  .option("--decode <auto|software>", "what decodes videos (auto): the machine's own device, or the CPU always")
  .option("--json", "print the result as JSON")
  .action(async (text: string, options: Record<string, unknown>) => {
    const { probe } = await import("./probe.ts");
    await probe(text, options);
  });

registerModels(program);
registerMpta(program);
registerWorker(program);
registerConformance(program);
registerAsyncApi(program);

const evaluate = program.command("eval").description("judge models on data of your own");
evaluate
  .command("detection")
  .description("how good a detector is on labelled pictures in COCO's arrangement")
  .argument("<folder>", "a folder with images and annotations")
  .option("--model <name|file>", "a model's name, or an .onnx or .pt file")
  .option("--annotations <file>", "which annotations, where there are several")
  .option("--class <name>", "a class to show; may be repeated", collect)
  .option("--threads <n>", "inference threads (one per core)", wholeNumber)
  .option("--home <folder>", "where prepared models are kept (.sensorium)")
  .option("--json", "print the result as JSON")
  .action(async (folder: string, options: Record<string, unknown>) => {
    const { evalDetection } = await import("./eval-detection.ts");
    await evalDetection(folder, options);
  });

evaluate
  .command("tracking")
  .description("how good a tracker is on sequences of your own in MOTChallenge's arrangement")
  .argument("<folder>", "a sequence, or a folder of them: gt/gt.txt, det/det.txt, seqinfo.ini")
  .option("--tracker <name>", "byte-track, sort or oc-sort (byte-track)")
  .option("--thresholds <low,high,start>", "scores from which a detection counts")
  .option("--json", "print the result as JSON")
  .action(async (folder: string, options: Record<string, unknown>) => {
    const { evalTracking } = await import("./eval-tracking.ts");
    await evalTracking(folder, options);
  });

try {
  await program.parseAsync();
} catch (thrown) {
  process.exitCode = exitCodeOf(thrown);
}

/** Commander has printed its own errors; ours are a sentence on standard error, a bug is one with its place. */
function exitCodeOf(thrown: unknown): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
  if (thrown instanceof SensoriumError) process.stderr.write(`sensorium: ${thrown.message}\n`);
  else
    process.stderr.write(
      `sensorium: internal error: ${(process.env.SENSORIUM_LOG === "debug" && (thrown as Error).stack) || reasonOf(thrown)}\n`,
    );
  return 1;
}
