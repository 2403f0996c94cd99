import backendPatchSessionResultFailed from "./golden/backend.patchSessionResult.failed.json" with { type: "json" };
import backendPatchSessionResult from "./golden/backend.patchSessionResult.json" with { type: "json" };
import backendRequestState from "./golden/backend.requestState.json" with { type: "json" };
import backendSetSessionIdEnded from "./golden/backend.setSessionId.ended.json" with { type: "json" };
import backendSetSessionId from "./golden/backend.setSessionId.json" with { type: "json" };
import backendSetSubscriptionListEmpty from "./golden/backend.setSubscriptionList.empty.json" with { type: "json" };
import backendSetSubscriptionList from "./golden/backend.setSubscriptionList.json" with { type: "json" };
import backendSubscribe from "./golden/backend.subscribe.json" with { type: "json" };
import backendSubscribeNulls from "./golden/backend.subscribe.nulls.json" with { type: "json" };
import backendSubscribeSnapshot from "./golden/backend.subscribe.snapshot.json" with { type: "json" };
import backendUnsubscribe from "./golden/backend.unsubscribe.json" with { type: "json" };
import exchangeCropInverted from "./golden/exchange.crop-inverted.json" with { type: "json" };
import exchangeCropNegative from "./golden/exchange.crop-negative.json" with { type: "json" };
import exchangeInvalidJson from "./golden/exchange.invalid-json.json" with { type: "json" };
import exchangeListWithOneBad from "./golden/exchange.list-with-one-bad.json" with { type: "json" };
import exchangeListWithOneTwice from "./golden/exchange.list-with-one-twice.json" with { type: "json" };
import exchangeMisspelledType from "./golden/exchange.misspelled-type.json" with { type: "json" };
import exchangeNoPayload from "./golden/exchange.no-payload.json" with { type: "json" };
import exchangeNoSemicolon from "./golden/exchange.no-semicolon.json" with { type: "json" };
import exchangeNoSource from "./golden/exchange.no-source.json" with { type: "json" };
import exchangeNoType from "./golden/exchange.no-type.json" with { type: "json" };
import exchangeNotAnObject from "./golden/exchange.not-an-object.json" with { type: "json" };
import exchangeSnapshotIntervalNegative from "./golden/exchange.snapshot-interval-negative.json" with { type: "json" };
import exchangeSnapshotIntervalZero from "./golden/exchange.snapshot-interval-zero.json" with { type: "json" };
import exchangeUnknownType from "./golden/exchange.unknown-type.json" with { type: "json" };
import workerError from "./golden/worker.error.json" with { type: "json" };
import workerErrorSubscription from "./golden/worker.error.subscription.json" with { type: "json" };
import workerImageDetectionComplete from "./golden/worker.imageDetection.complete.json" with { type: "json" };
import workerImageDetection from "./golden/worker.imageDetection.json" with { type: "json" };
import workerImageDetectionNothing from "./golden/worker.imageDetection.nothing.json" with { type: "json" };
import workerImageDetectionVisit from "./golden/worker.imageDetection.visit.json" with { type: "json" };
import workerPatchSession from "./golden/worker.patchSession.json" with { type: "json" };
import workerPatchSessionStage from "./golden/worker.patchSession.stage.json" with { type: "json" };
import workerStateReportIdle from "./golden/worker.stateReport.idle.json" with { type: "json" };
import workerStateReport from "./golden/worker.stateReport.json" with { type: "json" };

/** Every golden file of the detector worker's protocol, by its name. */
export const golden = {
  "backend.patchSessionResult": backendPatchSessionResult,
  "backend.patchSessionResult.failed": backendPatchSessionResultFailed,
  "backend.requestState": backendRequestState,
  "backend.setSessionId": backendSetSessionId,
  "backend.setSessionId.ended": backendSetSessionIdEnded,
  "backend.setSubscriptionList": backendSetSubscriptionList,
  "backend.setSubscriptionList.empty": backendSetSubscriptionListEmpty,
  "backend.subscribe": backendSubscribe,
  "backend.subscribe.nulls": backendSubscribeNulls,
  "backend.subscribe.snapshot": backendSubscribeSnapshot,
  "backend.unsubscribe": backendUnsubscribe,
  "exchange.crop-inverted": exchangeCropInverted,
  "exchange.crop-negative": exchangeCropNegative,
  "exchange.invalid-json": exchangeInvalidJson,
  "exchange.list-with-one-bad": exchangeListWithOneBad,
  "exchange.list-with-one-twice": exchangeListWithOneTwice,
  "exchange.misspelled-type": exchangeMisspelledType,
  "exchange.no-payload": exchangeNoPayload,
  "exchange.no-semicolon": exchangeNoSemicolon,
  "exchange.no-source": exchangeNoSource,
  "exchange.no-type": exchangeNoType,
  "exchange.not-an-object": exchangeNotAnObject,
  "exchange.snapshot-interval-negative": exchangeSnapshotIntervalNegative,
  "exchange.snapshot-interval-zero": exchangeSnapshotIntervalZero,
  "exchange.unknown-type": exchangeUnknownType,
  "worker.error": workerError,
  "worker.error.subscription": workerErrorSubscription,
  "worker.imageDetection": workerImageDetection,
  "worker.imageDetection.complete": workerImageDetectionComplete,
  "worker.imageDetection.nothing": workerImageDetectionNothing,
  "worker.imageDetection.visit": workerImageDetectionVisit,
  "worker.patchSession": workerPatchSession,
  "worker.patchSession.stage": workerPatchSessionStage,
  "worker.stateReport": workerStateReport,
  "worker.stateReport.idle": workerStateReportIdle,
};
