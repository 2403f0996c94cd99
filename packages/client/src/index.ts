/// <reference lib="esnext.disposable" preserve="true" />
// Whoever compiles for a library without `Disposable` would otherwise be told that there is none.

/** People, poses and events of a Sensorium server, live; and its REST API. */
export type { Api } from "./api.ts";
export { Client, type ConnectOptions, connect } from "./client.ts";
export type { ClientClock } from "./clock.ts";
export type { Data, Encoding } from "./codec.ts";
export type { Notice } from "./connection.ts";
export type { CredentialOptions } from "./credentials.ts";
export type { Address, Answer, Item, Page, PagedAddress, Question } from "./endpoints.ts";
export { ClientError, type ClientErrorCode, type Refusal } from "./error.ts";
export { type EventOf, EventStream, type EventsRequest, type EventType, type Gap } from "./events.ts";
export { type Login, type LoginOptions, login, type Password } from "./login.ts";
export { PoseStream, type PosesRequest } from "./poses.ts";
export type { Position } from "./positions.ts";
export type { Fetch } from "./requests.ts";
export type { OpenSocket, Socket } from "./socket.ts";
export type { People } from "./stream.ts";
