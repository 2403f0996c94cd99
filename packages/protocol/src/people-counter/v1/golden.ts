import clientGetAllFacesDigits from "./golden/client.get_all_faces.digits.json" with { type: "json" };
import clientGetAllFaces from "./golden/client.get_all_faces.json" with { type: "json" };
import clientGetAllFacesNoLimit from "./golden/client.get_all_faces.no-limit.json" with { type: "json" };
import clientGetFaceDigits from "./golden/client.get_face.digits.json" with { type: "json" };
import clientGetFace from "./golden/client.get_face.json" with { type: "json" };
import exchangeFaceIdFraction from "./golden/exchange.face-id-fraction.json" with { type: "json" };
import exchangeFaceIdMissing from "./golden/exchange.face-id-missing.json" with { type: "json" };
import exchangeFaceIdWord from "./golden/exchange.face-id-word.json" with { type: "json" };
import exchangeFaceNotFound from "./golden/exchange.face-not-found.json" with { type: "json" };
import exchangeFacesUnavailable from "./golden/exchange.faces-unavailable.json" with { type: "json" };
import exchangeInvalidJson from "./golden/exchange.invalid-json.json" with { type: "json" };
import exchangeLimitHuge from "./golden/exchange.limit-huge.json" with { type: "json" };
import exchangeLimitNegative from "./golden/exchange.limit-negative.json" with { type: "json" };
import exchangeLimitNull from "./golden/exchange.limit-null.json" with { type: "json" };
import exchangeLimitWord from "./golden/exchange.limit-word.json" with { type: "json" };
import exchangeNoType from "./golden/exchange.no-type.json" with { type: "json" };
import exchangeNotAnObject from "./golden/exchange.not-an-object.json" with { type: "json" };
import exchangeUnknownType from "./golden/exchange.unknown-type.json" with { type: "json" };
import serverAllFaces from "./golden/server.all_faces.json" with { type: "json" };
import serverErrorBinary from "./golden/server.error.binary.json" with { type: "json" };
import serverErrorInternal from "./golden/server.error.internal.json" with { type: "json" };
import serverErrorTooLarge from "./golden/server.error.too-large.json" with { type: "json" };
import serverEventEnded from "./golden/server.event.ended.json" with { type: "json" };
import serverEventStarted from "./golden/server.event.started.json" with { type: "json" };
import serverFaceImageFileNotFound from "./golden/server.face_image.file-not-found.json" with { type: "json" };
import serverFaceImage from "./golden/server.face_image.json" with { type: "json" };
import serverFrame from "./golden/server.frame.json" with { type: "json" };
import serverStats from "./golden/server.stats.json" with { type: "json" };
import serverStatsQuiet from "./golden/server.stats.quiet.json" with { type: "json" };

/** Every golden file of the people counter's protocol, by its name. */
export const golden = {
  "client.get_all_faces": clientGetAllFaces,
  "client.get_all_faces.digits": clientGetAllFacesDigits,
  "client.get_all_faces.no-limit": clientGetAllFacesNoLimit,
  "client.get_face": clientGetFace,
  "client.get_face.digits": clientGetFaceDigits,
  "exchange.face-id-fraction": exchangeFaceIdFraction,
  "exchange.face-id-missing": exchangeFaceIdMissing,
  "exchange.face-id-word": exchangeFaceIdWord,
  "exchange.face-not-found": exchangeFaceNotFound,
  "exchange.faces-unavailable": exchangeFacesUnavailable,
  "exchange.invalid-json": exchangeInvalidJson,
  "exchange.limit-huge": exchangeLimitHuge,
  "exchange.limit-negative": exchangeLimitNegative,
  "exchange.limit-null": exchangeLimitNull,
  "exchange.limit-word": exchangeLimitWord,
  "exchange.no-type": exchangeNoType,
  "exchange.not-an-object": exchangeNotAnObject,
  "exchange.unknown-type": exchangeUnknownType,
  "server.all_faces": serverAllFaces,
  "server.error.binary": serverErrorBinary,
  "server.error.internal": serverErrorInternal,
  "server.error.too-large": serverErrorTooLarge,
  "server.event.ended": serverEventEnded,
  "server.event.started": serverEventStarted,
  "server.face_image": serverFaceImage,
  "server.face_image.file-not-found": serverFaceImageFileNotFound,
  "server.frame": serverFrame,
  "server.stats": serverStats,
  "server.stats.quiet": serverStatsQuiet,
};
