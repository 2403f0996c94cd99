import { type ErrorCode, SensoriumError } from "@sensorium/protocol";

const retryable = true;

/** A failure of an address, named by its label; whatever it is, the camera may be well again later. */
export const failure = (code: ErrorCode, sentence: string): SensoriumError =>
  new SensoriumError(code, sentence, { retryable });

const UNREACHABLE: readonly string[] = ["EHOSTUNREACH", "ENETUNREACH", "EADDRNOTAVAIL", "EHOSTDOWN", "ENETDOWN"];
const UNKNOWN_HOST: readonly string[] = ["ENOTFOUND", "EAI_AGAIN", "EAI_FAIL", "EAI_NODATA"];
const BROKEN_OFF: readonly string[] = ["ECONNRESET", "EPIPE", "ECONNABORTED", "ERR_STREAM_PREMATURE_CLOSE"];

/** What an error of a connection means to the user, as one sentence. Errors of ours are passed on. */
export function connectionFailure(thrown: unknown, label: string): SensoriumError {
  if (thrown instanceof SensoriumError) return thrown;
  const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
  if (code === "ECONNREFUSED") return failure("source-unreachable", `${label} refused the connection`);
  if (UNKNOWN_HOST.includes(code))
    return failure("source-unreachable", `${label} cannot be reached: its host is not known`);
  if (UNREACHABLE.includes(code)) return failure("source-unreachable", `${label} cannot be reached`);
  if (BROKEN_OFF.includes(code)) return failure("source-unreachable", `${label} broke off`);
  if (code === "ETIMEDOUT") return failure("source-timeout", `${label} did not answer in time`);
  if (code === "HPE_HEADER_OVERFLOW") return failure("source-invalid", `${label} sends headers without an end`);
  if (code.startsWith("HPE_")) return failure("source-invalid", `${label} does not answer as a web server does`);
  if (code === "EPROTO" || code.startsWith("ERR_SSL") || code.startsWith("ERR_TLS"))
    return failure("source-invalid", `${label} does not speak TLS as it should`);
  return failure("source-unreachable", `${label} failed${code && `: ${code}`}`);
}

/** What a status other than success means to the user. */
export function statusFailure(status: number, label: string): SensoriumError {
  if (status === 403) return failure("source-refused", `${label} does not allow this (403)`);
  if (status === 404 || status === 410) return failure("source-refused", `${label} has no such picture (${status})`);
  if (status >= 500) return failure("source-unreachable", `${label} is in trouble (${status})`);
  return failure("source-refused", `${label} does not give a picture (${status})`);
}
