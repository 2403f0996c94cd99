import type { TokenRule } from "../auth/auth.ts";
import { shownBy } from "../auth/credentials.ts";
import { FOREIGN_PAGE, type Gate, isOwnPage, openGate } from "../auth/gate.ts";
import { peerFinder } from "../auth/peer.ts";
import type { Principal } from "../auth/principal.ts";

const backend: Principal = {
  ...{ userId: "backend", name: "backend", by: "nobody", credential: null },
  ...{ scopes: ["operate"], environments: null, expiresMs: null },
};

/**
 * Lets backends in. The protocol knows no authentication: programs on this machine need none, whoever else comes shows
 * a token. Pages are no backends; those of others would be let in by the browser of somebody here.
 */
export function workerGate(tokens: TokenRule): Gate {
  const auth = tokens === "never" ? undefined : tokens.auth;
  const onLoopback = tokens !== "never" && tokens.onLoopback;
  const peerOf = auth ? (request: Parameters<Gate["peerOf"]>[0]) => auth.peerOf(request) : peerFinder();
  return {
    setting: "worker.auth",
    peerOf,
    authenticate: async (request, door) => {
      const asked =
        auth && (onLoopback || !auth.peerOf(request).loopback || shownBy(request, { ...door, page: false }) !== null);
      if (asked) return auth.authenticate(request, door);
      if (!isOwnPage(request.headers)) return { ok: false, refusal: FOREIGN_PAGE };
      return { ok: true, principal: backend };
    },
    hold: (principal) => (auth && principal !== backend ? auth.hold(principal) : openGate.hold(principal)),
  };
}
