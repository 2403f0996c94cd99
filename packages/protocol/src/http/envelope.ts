import { z } from "zod";
import { Pagination } from "./paging.ts";

/** What every reply of the REST API is wrapped in. */

/** The REST API's error codes. */
export const ReplyCode = z.enum([
  "VALIDATION_ERROR",
  "AUTHENTICATION_ERROR",
  "AUTHORIZATION_ERROR",
  "RESOURCE_NOT_FOUND",
  "RATE_LIMIT_EXCEEDED",
  "SYSTEM_ERROR",
  "HARDWARE_ERROR",
  "MODEL_ERROR",
]);
export type ReplyCode = z.infer<typeof ReplyCode>;

const time = z.iso.datetime().describe("When the server answered");
const request_id = z.string().describe("Names the request in the server's log");

/** A result. */
export const successOf = <T extends z.ZodType>(data: T) =>
  z.object({ success: z.literal(true), data, timestamp: time, request_id });

/** One page of a list of `item`. */
export const pageOf = <T extends z.ZodType>(item: T) => successOf(z.array(item)).extend({ pagination: Pagination });

/** A refusal or failure. */
export const Failure = z.object({
  success: z.literal(false),
  error: z.object({
    code: ReplyCode,
    message: z.string().describe("One clear sentence"),
    details: z
      .looseObject({
        field: z.string().optional().describe("What is not understood, of a VALIDATION_ERROR"),
        reason: z.string().optional().describe("Why it is not"),
        limit: z.int().optional().describe("Requests in a window, of a RATE_LIMIT_EXCEEDED"),
        window: z.int().optional().describe("The window's length in seconds"),
        reset_at: z.iso.datetime().optional().describe("When the next window begins"),
      })
      .nullable(),
  }),
  timestamp: time,
  request_id,
});
export type Failure = z.infer<typeof Failure>;
