import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ServerProcess, sensorium } from "@sensorium/testkit";
import type { Rows } from "./table.ts";

const ENVIRONMENT = "room_001";
const CONFIG = `
cameras:
  ward: { source: "simulated:1", environment: ${ENVIRONMENT} }
environments:
  ${ENVIRONMENT}: { alerts: { confidence: 0.8 } }
`;
/** Late enough for the suite to listen, and long enough for a minute's figures in between. */
const [CHANGE_AFTER_MS, RESTART_EVERY_MS, EXPIRE_AFTER_MS] = [20_000, 240_000, 240_000];

/** What `sensorium conformance --json` prints, as far as it is shown here. */
interface Outcome {
  readonly rules: readonly {
    readonly name: string;
    readonly section: string;
    readonly verdict: { readonly kind: string };
  }[];
  readonly types: readonly { readonly type: string; readonly sent: number; readonly received: number }[];
}

/**
 * The whole suite, as a user runs it, against the whole server with a simulated room in which settings change and
 * sensing starts anew meanwhile. It takes some ten minutes.
 */
export async function conformance(home: string): Promise<Rows> {
  const config = join(home, "conformance.yaml");
  await writeFile(config, CONFIG);
  await using server = await ServerProcess.start(["--config", config, "--home", join(home, "conformance")]);
  const admin = new Admin(server);
  const token = await admin.makeKey("suite", null);
  const expiring = await admin.makeKey("expiring", new Date(Date.now() + EXPIRE_AFTER_MS));
  const change = setTimeout(() => void admin.setConfidence(0.75), CHANGE_AFTER_MS);
  const restarts = setInterval(() => void admin.restart(), RESTART_EVERY_MS);
  try {
    const url = `ws://127.0.0.1:${server.port}/ws/v1`;
    const credentials = ["--token", token, "--expiring-token", expiring];
    const { stdout, stderr } = await sensorium(
      "conformance",
      url,
      ...credentials,
      "--environment",
      ENVIRONMENT,
      "--json",
    );
    if (stdout === "") throw new Error(stderr);
    return rowsOf(JSON.parse(stdout) as Outcome);
  } finally {
    clearTimeout(change);
    clearInterval(restarts);
  }
}

function rowsOf({ rules, types }: Outcome): Rows {
  const of = (kind: string) => rules.filter(({ verdict }) => verdict.kind === kind);
  const named = (kind: string): string =>
    of(kind)
      .map(({ section, name }) => `${section}: ${name}`)
      .join("; ");
  return [
    ["rules kept", String(of("passed").length), `of ${rules.length}`],
    ["rules broken", String(of("failed").length), named("failed")],
    ["rules whose matter did not come", String(of("not-seen").length), named("not-seen")],
    [
      "message types seen",
      String(types.filter(({ sent, received }) => sent + received > 0).length),
      `of ${types.length}`,
    ],
    ...types.map(({ type, sent, received }): Rows[number] => [type, `${sent} sent`, `${received} received`]),
  ];
}

/** Whoever operates the server meanwhile. */
class Admin {
  readonly #server: ServerProcess;

  constructor(server: ServerProcess) {
    this.#server = server;
  }

  async makeKey(name: string, expires: Date | null): Promise<string> {
    const body = { name, scopes: ["read"], environments: null, expires_at: expires?.toISOString() ?? null };
    const { key } = (await this.#ask("POST", "/auth/keys", body)) as { readonly key: string };
    return key;
  }

  setConfidence(fall_confidence: number): Promise<unknown> {
    const analytics = { alert_thresholds: { fall_confidence } };
    return this.#ask("PUT", "/config", { environment_id: ENVIRONMENT, analytics });
  }

  restart(): Promise<unknown> {
    return this.#ask("POST", `/system/restart?environment_id=${ENVIRONMENT}`, {});
  }

  async #ask(method: string, path: string, body: unknown): Promise<unknown> {
    const origin = `http://127.0.0.1:${this.#server.port}`;
    const headers = { ...this.#server.headers, origin, "content-type": "application/json" };
    const answer = await fetch(`${origin}/api/v1${path}`, { method, headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return ((await answer.json()) as { readonly data: unknown }).data;
  }
}
