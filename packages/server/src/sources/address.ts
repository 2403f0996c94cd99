import { SensoriumError } from "@sensorium/protocol";

/**
 * The address without what often carries secrets: user name, password, query, and parts of the path that set
 * something (`/user=…_password=…`, as some recorders have it).
 */
export function redactUrl(url: string): string {
  if (!URL.canParse(url)) return "an address that cannot be read";
  const { protocol, host, pathname } = new URL(url);
  const path = pathname.split("/").map((part) => (/=|%3d/i.test(part) ? "…" : part));
  return `${protocol}//${host}${path.join("/")}`;
}

/**
 * Returns an address of a camera in a network as it is.
 * @throws SensoriumError "config-invalid" when it would not be read as it is meant; the reason holds no part of it.
 */
export function networkAddress(url: string, example: string): string {
  const scheme = `${example.split(":", 1)[0]}://`;
  const parsed = URL.parse(url);
  if (!parsed?.hostname) {
    throw new SensoriumError(
      "config-invalid",
      `the ${scheme} address cannot be read: it needs a host, as in ${example}`,
    );
  }
  // Everyone who parses it takes the part of the password before its first / ? or # for the host.
  if (parsed.username === "" && /[/?#].*@/.test(url.slice(url.indexOf("//") + 2))) {
    throw new SensoriumError(
      "config-invalid",
      `the ${scheme} address has an @ after its host: in a password write / as %2F, ? as %3F and # as %23, elsewhere @ as %40`,
    );
  }
  return url;
}
