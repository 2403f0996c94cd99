import type { Box } from "@sensorium/perception";
import type { Action } from "@sensorium/protocol/mpta";

/** What a place of a template is filled with; `null` where it is known that there is nothing. */
export type Value = string | number | null | readonly number[];

/**
 * What templates may name: every field of the detection, the context (`timestamp`, `session_id`, …), and the results of
 * branches as `car_brand.brand`. `display_id`, `camera_id`, `timestamp`, `timestamp_ms`, `uuid` and `filename` are
 * always there; `session_id` in a visit; `image_key` after a `redis_save_image`.
 */
export type Values = Readonly<Record<string, Value>>;

/** A visit's row begins in `gas_station_1.car_frontal_info`: needs `display_id`, `session_id` and `timestamp`. */
export interface BeginRecord {
  readonly type: "begin_record";
}

/**
 * Something that a bundle wants done now. Plain data that survives JSON, so that it can be made durable as it is.
 * Every template of `action` can be filled from `values`: what has no value, a column or the whole action, is left out
 * before. Actions stand in the order in which they are to be done.
 */
export interface DueAction {
  readonly action: Action | BeginRecord;
  readonly values: Values;
  /** Of a `redis_save_image`: the part of the frame to save, in source pixels and inside of it. */
  readonly region?: Box;
}
