import type { LimitGroup, RateLimit } from "@sensorium/protocol/rest";
import type { Log } from "../../observe/log.ts";
import type { Usage } from "../../observe/usage.ts";
import type { CameraDirectory } from "../../pipeline/camera-view.ts";
import type { RefusedAction } from "../../storage/actions.ts";
import type { DetectorWorker } from "../../worker/worker.ts";
import type { AuditTrail } from "../auth/audit.ts";
import type { Auth, TokenRule } from "../auth/auth.ts";
import type { ServeClock } from "../clock.ts";
import type { TlsFiles } from "../listen.ts";
import type { OutboxLimits } from "../outbox.ts";
import type { Crowd } from "../streaming/server.ts";
import type { SensingSource } from "../streaming/source.ts";
import type { ApiSources } from "./api/sources.ts";
import type { ConfigControl } from "./configuration.ts";
import type { ActionsStatus, InferenceStatus, StoreStatus } from "./statuses.ts";

/** What the main port serves, and where. */
export interface HttpOptions {
  readonly cameras: CameraDirectory;
  /** Absent where there is no log to watch over. */
  readonly store?: () => StoreStatus;
  /** Absent where no bundle acts. */
  readonly actions?: () => ActionsStatus;
  /** The newest actions that their sinks will never take. */
  readonly refusedActions?: (limit: number) => Promise<readonly RefusedAction[]>;
  /** Absent where no models run. */
  readonly inference?: InferenceStatus;
  readonly log: Log;
  /** Folder of the built page. */
  readonly pageFolder: string;
  /** Whom backends give their cameras to; when absent there is no worker protocol. */
  readonly worker?: WorkerPart | undefined;
  /** What the streaming API shows; when absent there is none. */
  readonly streaming?: StreamingPart | undefined;
  /** What the REST API shows besides cameras; when absent there is nothing else. */
  readonly api?: ApiSources | undefined;
  /** How many requests each token may make; the protocol's own when absent. */
  readonly rateLimits?: Readonly<Record<LimitGroup, RateLimit>>;
  /** Who may connect; when absent, everybody on this machine. */
  readonly auth?: Auth;
  /** Where it is written down who did what; nowhere when absent. */
  readonly trail?: AuditTrail | undefined;
  /** With it, everything is served by `https://` and `wss://`. */
  readonly tls?: TlsFiles | undefined;
  /** 127.0.0.1 when absent. */
  readonly host?: string;
  /** 8000 when absent; 0 takes any free port. */
  readonly port?: number;
  /** Further names of this machine that a `Host` header may hold. */
  readonly hosts?: readonly string[];
  /** Origins of pages elsewhere that may call the REST API with a token; none when absent. */
  readonly origins?: readonly string[];
  /** By which clients change the configuration; when absent they cannot. */
  readonly control?: ConfigControl | undefined;
  /** The people counter's port; undefined while it serves nothing. */
  readonly counterPort?: () => number | undefined;
  readonly maxClients?: number;
  readonly limits?: OutboxLimits;
  readonly clock?: ServeClock;
}

/** The detector worker, and who may be its backend. */
export interface WorkerPart {
  readonly worker: DetectorWorker;
  readonly tokens: TokenRule;
  /** How busy the machine is; measured when absent. */
  readonly usage?: () => Usage;
}

/** What the streaming API shows, and to how many. */
export interface StreamingPart {
  readonly source: SensingSource;
  readonly crowd?: Crowd;
}
