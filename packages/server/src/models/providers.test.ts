import { describe, expect, it } from "vitest";
import { chooseProvider, type ProviderSurroundings } from "./providers.ts";

const machine = (given: Partial<ProviderSurroundings>): ProviderSurroundings => ({
  platform: "linux",
  backends: async () => ["cpu", "cuda"],
  hasLibrary: () => true,
  probe: async () => undefined,
  ...given,
});

describe("what models run on", () => {
  it("is the CPU when that is asked for, without looking at anything else", async () => {
    const probe = () => Promise.reject(new Error("never"));
    const chosen = await chooseProvider("cpu", machine({ probe }));
    expect(chosen).toMatchObject({ device: "cpu", executionProviders: ["cpu"], line: "models run on the CPU, as set" });
  });

  it("is CUDA where it works", async () => {
    const chosen = await chooseProvider("auto", machine({}));
    expect(chosen).toMatchObject({ device: "cuda", executionProviders: ["cuda"], line: "models run on CUDA" });
  });

  it.each<[string, Partial<ProviderSurroundings>, string]>([
    [
      "has no library for CUDA",
      { hasLibrary: () => false },
      "models run on the CPU; CUDA is not used: the runtime's libonnxruntime_providers_cuda.so is not installed",
    ],
    [
      "has no driver",
      { probe: () => Promise.reject(new Error("CUDA failure 35: driver too old\nat …")) },
      "models run on the CPU; CUDA is not used: CUDA failure 35: driver too old",
    ],
    [
      "has a runtime without CUDA",
      { backends: async () => ["cpu"] },
      "models run on the CPU; CUDA is not used: the runtime has nothing for it on linux",
    ],
    ["is a platform without accelerators", { platform: "freebsd" }, "models run on the CPU"],
    [
      "runs Windows without CUDA",
      {
        platform: "win32",
        backends: async () => ["cpu", "cuda", "dml"],
        hasLibrary: (name) => name === "DirectML.dll",
      },
      "models run on DirectML; CUDA is not used: the runtime's onnxruntime_providers_cuda.dll is not installed",
    ],
    ["is a Mac", { platform: "darwin", backends: async () => ["cpu", "coreml"] }, "models run on CoreML"],
  ])("is said with its reasons where the machine %s", async (_, given, line) => {
    expect((await chooseProvider("auto", machine(given))).line).toBe(line);
  });

  it("is refused when what is asked for by name does not work", async () => {
    await expect(chooseProvider("coreml", machine({}))).rejects.toMatchObject({
      code: "config-invalid",
      message: "models cannot run on coreml: CoreML is not used: the runtime has nothing for it on linux",
    });
  });

  it("can be found out on this machine", async () => {
    const { device, line } = await chooseProvider("auto");
    expect(["cpu", "cuda", "directml", "coreml"]).toContain(device);
    expect(line).toMatch(/^models run on /);
  });
});
