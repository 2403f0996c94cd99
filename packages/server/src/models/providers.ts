import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { reasonOf, SensoriumError } from "@sensorium/protocol";
import { runApart } from "./apart.ts";
import { type ChosenProvider, CPU, type Device } from "./device.ts";

type Accelerator = Exclude<Device, "auto" | "cpu">;

/** What is known of this machine and its runtime; tests put other machines here. */
export interface ProviderSurroundings {
  readonly platform: NodeJS.Platform;
  /** Names of the providers that the runtime knows on this platform; loads it. */
  backends(): Promise<readonly string[]>;
  /** Whether the runtime's library of that name is installed. */
  readonly hasLibrary: (name: string) => boolean;
  /** Opens a session with a provider; rejects when that does not work. */
  readonly probe: (provider: string) => Promise<unknown>;
}

interface Description {
  readonly title: string;
  readonly provider: string;
  /** What has to be there beside the runtime, by platform. */
  readonly libraries: Readonly<Partial<Record<NodeJS.Platform, string>>>;
}

const ACCELERATORS: Readonly<Record<Accelerator, Description>> = {
  cuda: {
    title: "CUDA",
    provider: "cuda",
    libraries: { linux: "libonnxruntime_providers_cuda.so", win32: "onnxruntime_providers_cuda.dll" },
  },
  directml: { title: "DirectML", provider: "dml", libraries: { win32: "DirectML.dll" } },
  coreml: { title: "CoreML", provider: "coreml", libraries: {} },
};

/** What is tried on each platform, the best first. */
const CANDIDATES: Readonly<Partial<Record<NodeJS.Platform, readonly Accelerator[]>>> = {
  linux: ["cuda"],
  win32: ["cuda", "directml"],
  darwin: ["coreml"],
};

/**
 * Chooses what models run on. An accelerator is used only after a session has been opened with it, in a process of its
 * own: a broken driver ends that one.
 * @throws SensoriumError "config-invalid" when what is asked for by name cannot be used.
 */
export async function chooseProvider(
  wanted: Device,
  here: ProviderSurroundings = surroundings(),
): Promise<ChosenProvider> {
  if (wanted === "cpu") return CPU;
  const candidates = wanted === "auto" ? (CANDIDATES[here.platform] ?? []) : [wanted];
  const reasons: string[] = [];
  for (const device of candidates) {
    const { title, provider } = ACCELERATORS[device];
    const obstacle = await obstacleTo(device, here);
    const line = [`models run on ${title}`, ...reasons].join("; ");
    if (obstacle === null) return { device, title, executionProviders: [provider], line };
    reasons.push(`${title} is not used: ${obstacle}`);
  }
  if (wanted === "auto") return { ...CPU, line: ["models run on the CPU", ...reasons].join("; ") };
  throw new SensoriumError("config-invalid", `models cannot run on ${wanted}: ${reasons[0]}`);
}

/** Why a device cannot be used; null when it can. */
async function obstacleTo(device: Accelerator, here: ProviderSurroundings): Promise<string | null> {
  const { provider, libraries } = ACCELERATORS[device];
  const library = libraries[here.platform];
  if (library !== undefined && !here.hasLibrary(library)) return `the runtime's ${library} is not installed`;
  if (!(await here.backends()).includes(provider)) return `the runtime has nothing for it on ${here.platform}`;
  try {
    await here.probe(provider);
    return null;
  } catch (thrown) {
    return reasonOf(thrown);
  }
}

function surroundings(): ProviderSurroundings {
  const { platform, arch } = process;
  const entry = createRequire(import.meta.url).resolve("onnxruntime-node");
  const binaries = join(dirname(entry), "..", "bin", "napi-v6", platform, arch);
  return {
    platform,
    backends: async () => {
      const { listSupportedBackends } = await import("onnxruntime-node");
      return listSupportedBackends().map(({ name }) => name);
    },
    hasLibrary: (name) => existsSync(join(binaries, name)),
    probe: (provider) =>
      runApart({
        script: new URL("./provider-process.ts", import.meta.url),
        request: provider,
        subject: "its driver",
        limits: { timeoutMs: 60_000, memoryBytes: 8 * 2 ** 30 },
      }),
  };
}
