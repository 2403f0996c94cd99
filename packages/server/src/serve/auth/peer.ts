import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";
import { TLSSocket } from "node:tls";
import { SensoriumError } from "@sensorium/protocol";

/** Which proxies are believed about whom they speak for: how many are passed, or their addresses and subnets. */
export type TrustProxy = number | readonly string[];

/** Who a request comes from, as far as it can be known. */
export interface Peer {
  /** The client's address; that of the nearest proxy when the client's cannot be known. */
  readonly address: string;
  /** Whether it is certainly a program on this machine. */
  readonly loopback: boolean;
  /** Whether the way to it is encrypted. */
  readonly encrypted: boolean;
}

/** Headers by which proxies tell for whom they speak. */
const FORWARDING =
  /^(forwarded|via|x-forwarded(-.*)?|x-real-ip|x-client-ip|x-cluster-client-ip|true-client-ip|cf-connecting-ip)$/;

/**
 * Finds who a request comes from. Behind a proxy on this machine every request comes from loopback, so one that came
 * through a trusted proxy, or shows any trace of another, never counts as local.
 * @throws SensoriumError `config-invalid` for an address that is none.
 */
export function peerFinder(trust: TrustProxy = 0): (request: IncomingMessage) => Peer {
  const hops = typeof trust === "number" ? trust : 0;
  const isProxy = proxyList(typeof trust === "number" ? [] : trust);
  return ({ headers, socket }) => {
    const nearest = plainAddress(socket.remoteAddress ?? "");
    const encrypted = socket instanceof TLSSocket;
    if (hops === 0 && !isProxy(nearest)) {
      return { address: nearest, loopback: isIn(loopback, nearest) && !isForwarded(headers), encrypted };
    }
    const named = forwardedFor(headers);
    const client = hops > 0 ? named.at(-hops) : named.findLast((address) => !isProxy(address));
    return {
      address: client !== undefined && isIP(client) !== 0 ? client : nearest,
      loopback: false,
      encrypted: encrypted || headers["x-forwarded-proto"] === "https",
    };
  };
}

/** The key by which attempts of a peer are counted: with IPv6 whoever has one address has 2^64 more beside it. */
export function throttleKey({ address }: Peer): string {
  if (isIP(address) !== 6) return address;
  const [start = ""] = address.split("::");
  return start.split(":").slice(0, 4).join(":");
}

function isForwarded(headers: IncomingHttpHeaders): boolean {
  return Object.keys(headers).some((name) => FORWARDING.test(name));
}

/** What proxies appended, the client first; not all of it need be addresses. */
function forwardedFor(headers: IncomingHttpHeaders): readonly string[] {
  const text = [headers["x-forwarded-for"] ?? []].flat().join(",");
  return text.split(",").map((entry) => {
    const [, bracketed] = /^\[([^\]]*)\](?::\d+)?$/.exec(entry.trim()) ?? [];
    const [, beforePort] = /^([\d.]+):\d+$/.exec(entry.trim()) ?? [];
    return plainAddress(bracketed ?? beforePort ?? entry.trim());
  });
}

/** An IPv4 client of a socket that listens on IPv6 has an address of IPv6 that contains its own. */
const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, "");

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

function isIn(list: BlockList, address: string): boolean {
  const family = isIP(address);
  return family !== 0 && list.check(address, family === 6 ? "ipv6" : "ipv4");
}

function proxyList(entries: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = "", bits] = entry.split("/");
    const family = isIP(address);
    const width = family === 6 ? 128 : 32;
    const prefix = bits === undefined ? width : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
    if (family === 0 || !(prefix <= width)) {
      throw new SensoriumError("config-invalid", `${entry} is no address or subnet of a proxy, such as 10.0.0.0/8`);
    }
    list.addSubnet(address, prefix, family === 6 ? "ipv6" : "ipv4");
  }
  return (address) => isIn(list, address);
}
