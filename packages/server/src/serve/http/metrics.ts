import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { CameraStatus } from "../../pipeline/camera-view.ts";
import type { ActionsStatus, InferenceStatus, OperationsOptions, WorkerStatus } from "./statuses.ts";

/** How often it is looked whether the main thread lags. */
const LAG_EVERY_MS = 100;

type Reading = readonly [labels: Readonly<Record<string, string>>, value: number];

/** What Prometheus is told: counters rather than rates, so that alerts can be written on them. */
export function metricsOf(options: OperationsOptions): Registry {
  const registry = new Registry();
  // It wakes the process each time.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LAG_EVERY_MS });
  cameraMetrics(registry, options);
  storeMetrics(registry, options);
  actionMetrics(registry, options);
  if (options.inference) inferenceMetrics(registry, options.inference);
  if (options.worker) workerMetrics(registry, options.worker);
  return registry;
}

function cameraMetrics(registry: Registry, { cameras }: OperationsOptions): void {
  const statuses = (): CameraStatus[] => cameras.list().map((camera) => camera.status());
  const perCamera = (read: (status: CameraStatus) => number | null) => (): Reading[] =>
    statuses().flatMap((status) => {
      const value = read(status);
      return value === null ? [] : [[{ camera: status.id }, value] as const];
    });
  counter(registry, {
    name: "sensorium_frames_total",
    help: "Frames of a camera by how far they came",
    labels: ["camera", "stage"],
    read: () => statuses().flatMap(stages),
  });
  counter(registry, {
    name: "sensorium_source_state_changes_total",
    help: "How often a camera changed its state",
    labels: ["camera"],
    read: perCamera(({ totals }) => totals.stateChanges),
  });
  gauge(registry, {
    name: "sensorium_source_up",
    help: "1 while a camera gives pictures",
    labels: ["camera"],
    read: perCamera(({ state }) => (state === "online" ? 1 : 0)),
  });
  gauge(registry, {
    name: "sensorium_frame_age_seconds",
    help: "Age of a camera's newest frame",
    labels: ["camera"],
    read: perCamera(({ frameAgeMs }) => (frameAgeMs === null ? null : frameAgeMs / 1000)),
  });
  gauge(registry, {
    name: "sensorium_counted",
    help: "Crossings of a line since the daily reset",
    labels: ["camera", "line", "direction"],
    read: () => statuses().flatMap(counted),
  });
}

function storeMetrics(registry: Registry, { store }: OperationsOptions): void {
  gauge(registry, {
    name: "sensorium_log_queue",
    help: "Events waiting to become durable",
    labels: [],
    read: () => [[{}, store().queued]],
  });
  gauge(registry, {
    name: "sensorium_sink_lag",
    help: "Events that a follower of the log still lacks",
    labels: ["sink"],
    read: () => store().sinks.map(({ name, lag }) => [{ sink: name }, lag] as const),
  });
}

function actionMetrics(registry: Registry, { actions }: OperationsOptions): void {
  gauge(registry, {
    name: "sensorium_actions_waiting",
    help: "Actions of bundles that a sink has yet to get",
    labels: ["sink"],
    read: () => actions().sinks.map(({ name, waiting }) => [{ sink: name }, waiting] as const),
  });
  counter(registry, {
    name: "sensorium_actions_total",
    help: "Actions of bundles by what became of them",
    labels: ["sink", "outcome"],
    read: () => actions().sinks.flatMap(outcomes),
  });
  counter(registry, {
    name: "sensorium_actions_lost_total",
    help: "Actions of bundles that the disk could not take",
    labels: [],
    read: () => [[{}, actions().lost]],
  });
}

function inferenceMetrics(registry: Registry, inference: InferenceStatus): void {
  gauge(registry, {
    name: "sensorium_models_loaded",
    help: "Models that some camera or bundle uses, each loaded once in every inference thread",
    labels: [],
    read: () => [[{}, inference.loaded]],
  });
  gauge(registry, {
    name: "sensorium_inference_queue",
    help: "Pictures and crops that wait for an inference thread",
    labels: [],
    read: () => [[{}, inference.waiting]],
  });
  gauge(registry, {
    name: "sensorium_inference_threads",
    help: "Inference threads that are there to work",
    labels: [],
    read: () => [[{}, inference.alive]],
  });
}

function workerMetrics(registry: Registry, worker: () => WorkerStatus): void {
  gauge(registry, {
    name: "sensorium_worker_subscriptions",
    help: "Subscriptions of all backends",
    labels: [],
    read: () => [[{}, worker().subscriptions]],
  });
  gauge(registry, {
    name: "sensorium_worker_lookouts",
    help: "Cameras, crops and bundles that are looked at, each for all subscriptions that share it",
    labels: [],
    read: () => [[{}, worker().lookouts]],
  });
  counter(registry, {
    name: "sensorium_worker_frames_total",
    help: "Frames that went through a bundle's pipeline",
    labels: [],
    read: () => [[{}, worker().frames]],
  });
  counter(registry, {
    name: "sensorium_worker_results_total",
    help: "Results that were sent, one for each subscription that shares a frame",
    labels: [],
    read: () => [[{}, worker().results]],
  });
  counter(registry, {
    name: "sensorium_worker_model_runs_total",
    help: "How often a model of a bundle ran",
    labels: ["model"],
    read: () => Object.entries(worker().modelRuns).map(([model, runs]) => [{ model }, runs] as const),
  });
}

const outcomes = ({ name: sink, totals }: ActionsStatus["sinks"][number]): Reading[] => [
  [{ sink, outcome: "delivered" }, totals.delivered],
  [{ sink, outcome: "refused" }, totals.refused],
  [{ sink, outcome: "given-up" }, totals.gaveUp],
  [{ sink, outcome: "expired" }, totals.expired],
  [{ sink, outcome: "retried" }, totals.retries],
];

const stages = ({ id: camera, totals }: CameraStatus): Reading[] =>
  (["captured", "gated", "inferred", "dropped", "undecodable"] as const).map((stage) => [
    { camera, stage },
    totals[stage],
  ]);

const counted = ({ id: camera, lines }: CameraStatus): Reading[] =>
  lines.flatMap((line): Reading[] => [
    [{ camera, line: line.id, direction: "in" }, line.in],
    [{ camera, line: line.id, direction: "out" }, line.out],
  ]);

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  /** Asked whenever somebody scrapes. */
  readonly read: () => readonly Reading[];
}

function counter(registry: Registry, { name, help, labels, read }: Metric): void {
  new Counter({
    name,
    help,
    labelNames: labels,
    registers: [registry],
    collect() {
      this.reset();
      for (const [at, value] of read()) this.inc(at, value);
    },
  });
}

function gauge(registry: Registry, { name, help, labels, read }: Metric): void {
  new Gauge({
    name,
    help,
    labelNames: labels,
    registers: [registry],
    collect() {
      this.reset();
      for (const [at, value] of read()) this.set(at, value);
    },
  });
}
