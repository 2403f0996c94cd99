import clientAuth from "./golden/client.auth.json" with { type: "json" };
import clientConnectionStatus from "./golden/client.connection_status.json" with { type: "json" };
import clientDisconnect from "./golden/client.disconnect.json" with { type: "json" };
import clientHeartbeat from "./golden/client.heartbeat.json" with { type: "json" };
import clientSubscribeHigh from "./golden/client.subscribe.high.json" with { type: "json" };
import clientSubscribe from "./golden/client.subscribe.json" with { type: "json" };
import clientSubscribeRecover from "./golden/client.subscribe.recover.json" with { type: "json" };
import clientSubscribeRecoverMany from "./golden/client.subscribe.recover.many.json" with { type: "json" };
import clientUnsubscribe from "./golden/client.unsubscribe.json" with { type: "json" };
import clientUpdateSubscription from "./golden/client.update_subscription.json" with { type: "json" };
import documentAck from "./golden/document.ack.json" with { type: "json" };
import documentActivityEvent from "./golden/document.activity_event.json" with { type: "json" };
import documentAnalyticsStream from "./golden/document.analytics_stream.json" with { type: "json" };
import documentConfigUpdate from "./golden/document.config_update.json" with { type: "json" };
import documentConnectionStatus from "./golden/document.connection_status.json" with { type: "json" };
import documentDisconnect from "./golden/document.disconnect.json" with { type: "json" };
import documentErrorConnection from "./golden/document.error.connection.json" with { type: "json" };
import documentErrorRateLimit from "./golden/document.error.rate-limit.json" with { type: "json" };
import documentErrorSubscription from "./golden/document.error.subscription.json" with { type: "json" };
import documentHardwareEvent from "./golden/document.hardware_event.json" with { type: "json" };
import documentHeartbeat from "./golden/document.heartbeat.json" with { type: "json" };
import documentOccupancyUpdate from "./golden/document.occupancy_update.json" with { type: "json" };
import documentPerformanceUpdate from "./golden/document.performance_update.json" with { type: "json" };
import documentPoseData from "./golden/document.pose_data.json" with { type: "json" };
import documentPoseDataTrajectory from "./golden/document.pose_data_trajectory.json" with { type: "json" };
import documentSystemEvent from "./golden/document.system_event.json" with { type: "json" };
import documentTokenExpired from "./golden/document.token_expired.json" with { type: "json" };
import documentTrackingUpdate from "./golden/document.tracking_update.json" with { type: "json" };
import exchangeBadRecover from "./golden/exchange.bad-recover.json" with { type: "json" };
import exchangeInvalidJson from "./golden/exchange.invalid-json.json" with { type: "json" };
import exchangeNoData from "./golden/exchange.no-data.json" with { type: "json" };
import exchangeNoSubscriptions from "./golden/exchange.no-subscriptions.json" with { type: "json" };
import exchangeNotAnObject from "./golden/exchange.not-an-object.json" with { type: "json" };
import exchangeRecoverIsText from "./golden/exchange.recover-is-text.json" with { type: "json" };
import exchangeTooManySubscriptions from "./golden/exchange.too-many-subscriptions.json" with { type: "json" };
import exchangeUnknownType from "./golden/exchange.unknown-type.json" with { type: "json" };
import refusedActivity from "./golden/refused.activity.json" with { type: "json" };
import refusedBufferSize from "./golden/refused.buffer-size.json" with { type: "json" };
import refusedCompression from "./golden/refused.compression.json" with { type: "json" };
import refusedConfidence from "./golden/refused.confidence.json" with { type: "json" };
import refusedEventType from "./golden/refused.event-type.json" with { type: "json" };
import refusedFiltersNotAnObject from "./golden/refused.filters-not-an-object.json" with { type: "json" };
import refusedMaxFps from "./golden/refused.max-fps.json" with { type: "json" };
import refusedNotAnObject from "./golden/refused.not-an-object.json" with { type: "json" };
import refusedQuality from "./golden/refused.quality.json" with { type: "json" };
import serverAckAuth from "./golden/server.ack.auth.json" with { type: "json" };
import serverAckSubscribe from "./golden/server.ack.subscribe.json" with { type: "json" };
import serverAckSubscribeNotRecovered from "./golden/server.ack.subscribe.not-recovered.json" with { type: "json" };
import serverAckSubscribePartial from "./golden/server.ack.subscribe.partial.json" with { type: "json" };
import serverAckSubscribeRecovered from "./golden/server.ack.subscribe.recovered.json" with { type: "json" };
import serverAckUnsubscribe from "./golden/server.ack.unsubscribe.json" with { type: "json" };
import serverAckUpdateSubscription from "./golden/server.ack.update_subscription.json" with { type: "json" };
import serverActivityEvent from "./golden/server.activity_event.json" with { type: "json" };
import serverActivityEventNobody from "./golden/server.activity_event.nobody.json" with { type: "json" };
import serverAnalyticsStreamFirst from "./golden/server.analytics_stream.first.json" with { type: "json" };
import serverAnalyticsStream from "./golden/server.analytics_stream.json" with { type: "json" };
import serverConfigUpdate from "./golden/server.config_update.json" with { type: "json" };
import serverConnectionStatus from "./golden/server.connection_status.json" with { type: "json" };
import serverDisconnect from "./golden/server.disconnect.json" with { type: "json" };
import serverDisconnectShutdown from "./golden/server.disconnect.shutdown.json" with { type: "json" };
import serverErrorAuthentication from "./golden/server.error.authentication.json" with { type: "json" };
import serverErrorAuthorization from "./golden/server.error.authorization.json" with { type: "json" };
import serverErrorConnection from "./golden/server.error.connection.json" with { type: "json" };
import serverErrorRateLimit from "./golden/server.error.rate-limit.json" with { type: "json" };
import serverErrorSubscription from "./golden/server.error.subscription.json" with { type: "json" };
import serverErrorSubscriptionUpdate from "./golden/server.error.subscription.update.json" with { type: "json" };
import serverErrorSystem from "./golden/server.error.system.json" with { type: "json" };
import serverErrorValidationField from "./golden/server.error.validation.field.json" with { type: "json" };
import serverErrorValidation from "./golden/server.error.validation.json" with { type: "json" };
import serverHardwareEvent from "./golden/server.hardware_event.json" with { type: "json" };
import serverHeartbeat from "./golden/server.heartbeat.json" with { type: "json" };
import serverHeartbeatSilentClient from "./golden/server.heartbeat.silent-client.json" with { type: "json" };
import serverHeartbeatStreams from "./golden/server.heartbeat.streams.json" with { type: "json" };
import serverOccupancyUpdate from "./golden/server.occupancy_update.json" with { type: "json" };
import serverPerformanceUpdate from "./golden/server.performance_update.json" with { type: "json" };
import serverPoseDataBare from "./golden/server.pose_data.bare.json" with { type: "json" };
import serverPoseDataCompressed from "./golden/server.pose_data.compressed.json" with { type: "json" };
import serverPoseDataDenseModel from "./golden/server.pose_data.dense-model.json" with { type: "json" };
import serverPoseDataDenseSkeleton from "./golden/server.pose_data.dense-skeleton.json" with { type: "json" };
import serverPoseData from "./golden/server.pose_data.json" with { type: "json" };
import serverPoseDataTrajectory from "./golden/server.pose_data_trajectory.json" with { type: "json" };
import serverSystemEvent from "./golden/server.system_event.json" with { type: "json" };
import serverTokenExpired from "./golden/server.token_expired.json" with { type: "json" };
import serverTrackingUpdate from "./golden/server.tracking_update.json" with { type: "json" };

/** Every golden file of the streaming API's socket, by its name. */
export const golden = {
  "client.auth": clientAuth,
  "client.connection_status": clientConnectionStatus,
  "client.disconnect": clientDisconnect,
  "client.heartbeat": clientHeartbeat,
  "client.subscribe": clientSubscribe,
  "client.subscribe.high": clientSubscribeHigh,
  "client.subscribe.recover": clientSubscribeRecover,
  "client.subscribe.recover.many": clientSubscribeRecoverMany,
  "client.unsubscribe": clientUnsubscribe,
  "client.update_subscription": clientUpdateSubscription,
  "document.ack": documentAck,
  "document.activity_event": documentActivityEvent,
  "document.analytics_stream": documentAnalyticsStream,
  "document.config_update": documentConfigUpdate,
  "document.connection_status": documentConnectionStatus,
  "document.disconnect": documentDisconnect,
  "document.error.connection": documentErrorConnection,
  "document.error.rate-limit": documentErrorRateLimit,
  "document.error.subscription": documentErrorSubscription,
  "document.hardware_event": documentHardwareEvent,
  "document.heartbeat": documentHeartbeat,
  "document.occupancy_update": documentOccupancyUpdate,
  "document.performance_update": documentPerformanceUpdate,
  "document.pose_data": documentPoseData,
  "document.pose_data_trajectory": documentPoseDataTrajectory,
  "document.system_event": documentSystemEvent,
  "document.token_expired": documentTokenExpired,
  "document.tracking_update": documentTrackingUpdate,
  "exchange.bad-recover": exchangeBadRecover,
  "exchange.invalid-json": exchangeInvalidJson,
  "exchange.no-data": exchangeNoData,
  "exchange.no-subscriptions": exchangeNoSubscriptions,
  "exchange.not-an-object": exchangeNotAnObject,
  "exchange.recover-is-text": exchangeRecoverIsText,
  "exchange.too-many-subscriptions": exchangeTooManySubscriptions,
  "exchange.unknown-type": exchangeUnknownType,
  "refused.activity": refusedActivity,
  "refused.buffer-size": refusedBufferSize,
  "refused.compression": refusedCompression,
  "refused.confidence": refusedConfidence,
  "refused.event-type": refusedEventType,
  "refused.filters-not-an-object": refusedFiltersNotAnObject,
  "refused.max-fps": refusedMaxFps,
  "refused.not-an-object": refusedNotAnObject,
  "refused.quality": refusedQuality,
  "server.ack.auth": serverAckAuth,
  "server.ack.subscribe": serverAckSubscribe,
  "server.ack.subscribe.not-recovered": serverAckSubscribeNotRecovered,
  "server.ack.subscribe.partial": serverAckSubscribePartial,
  "server.ack.subscribe.recovered": serverAckSubscribeRecovered,
  "server.ack.unsubscribe": serverAckUnsubscribe,
  "server.ack.update_subscription": serverAckUpdateSubscription,
  "server.activity_event": serverActivityEvent,
  "server.activity_event.nobody": serverActivityEventNobody,
  "server.analytics_stream": serverAnalyticsStream,
  "server.analytics_stream.first": serverAnalyticsStreamFirst,
  "server.config_update": serverConfigUpdate,
  "server.connection_status": serverConnectionStatus,
  "server.disconnect": serverDisconnect,
  "server.disconnect.shutdown": serverDisconnectShutdown,
  "server.error.authentication": serverErrorAuthentication,
  "server.error.authorization": serverErrorAuthorization,
  "server.error.connection": serverErrorConnection,
  "server.error.rate-limit": serverErrorRateLimit,
  "server.error.subscription": serverErrorSubscription,
  "server.error.subscription.update": serverErrorSubscriptionUpdate,
  "server.error.system": serverErrorSystem,
  "server.error.validation": serverErrorValidation,
  "server.error.validation.field": serverErrorValidationField,
  "server.hardware_event": serverHardwareEvent,
  "server.heartbeat": serverHeartbeat,
  "server.heartbeat.silent-client": serverHeartbeatSilentClient,
  "server.heartbeat.streams": serverHeartbeatStreams,
  "server.occupancy_update": serverOccupancyUpdate,
  "server.performance_update": serverPerformanceUpdate,
  "server.pose_data": serverPoseData,
  "server.pose_data.bare": serverPoseDataBare,
  "server.pose_data.compressed": serverPoseDataCompressed,
  "server.pose_data.dense-model": serverPoseDataDenseModel,
  "server.pose_data.dense-skeleton": serverPoseDataDenseSkeleton,
  "server.pose_data_trajectory": serverPoseDataTrajectory,
  "server.system_event": serverSystemEvent,
  "server.token_expired": serverTokenExpired,
  "server.tracking_update": serverTrackingUpdate,
};
