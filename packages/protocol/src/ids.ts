/** A string whose meaning is part of its type. */
type Id<Name extends string> = string & { readonly __id: Name };

export type CameraId = Id<"camera">;
export type LineId = Id<"line">;
export type ZoneId = Id<"zone">;
/** Globally unique and sortable by creation (UUID version 7). */
export type EventId = Id<"event">;

export const cameraId = (value: string): CameraId => value as CameraId;
export const lineId = (value: string): LineId => value as LineId;
export const zoneId = (value: string): ZoneId => value as ZoneId;
export const eventId = (value: string): EventId => value as EventId;
