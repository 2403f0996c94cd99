import type { TableName } from "@sensorium/protocol/mpta";

/** Something ready to be sent: all texts are final. Survives JSON; a picture travels beside it. */
export type Delivery =
  | { readonly type: "picture"; readonly key: string }
  | { readonly type: "publish"; readonly channel: string; readonly message: string }
  | BeginRow
  | UpdateRow
  | PostMessage
  | TopicMessage;

/** The first row of a visit. */
export interface BeginRow {
  readonly type: "begin-row";
  readonly sessionId: string;
  readonly displayId: string;
  readonly capturedTimestamp: string;
}

/** Columns of the row with this key. */
export interface UpdateRow {
  readonly type: "update-row";
  readonly table: TableName;
  readonly keyField: string;
  readonly keyValue: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** A message for a web address. */
export interface PostMessage {
  readonly type: "post";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly message: string;
  /** Of what was seen: the same for all that comes of it. */
  readonly event: string;
}

/** A message on a topic. */
export interface TopicMessage {
  readonly type: "topic";
  readonly topic: string;
  readonly message: string;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
}
