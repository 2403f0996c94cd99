import type { AccessRecords } from "./access.ts";
import type { UserRecords } from "./users.ts";
import type { WorkerLink } from "./worker-link.ts";

/** Users and what lets them in, asked of the thread that has them. */
export function accessOver(link: WorkerLink): AccessRecords {
  return {
    ...usersOver(link),
    prepareAccess: (first) => link.call("prepareAccess", first),
    addSigningKey: (next) => link.call("addSigningKey", next),
    addCredential: (row) => link.call("addCredential", row),
    addLogin: (login) => link.call("addLogin", login),
    useCredential: (shown) => link.call("useCredential", shown),
    exchangeLink: (exchange) => link.call("exchangeLink", exchange),
    findHolder: (token) => link.call("findHolder", token),
    rotateRefreshToken: (rotation) => link.call("rotateRefreshToken", rotation),
    listKeys: (span) => link.call("listKeys", span),
    removeCredential: (which) => link.call("removeCredential", which),
  };
}

function usersOver(link: WorkerLink): UserRecords {
  return {
    findUser: (which) => link.call("findUser", which),
    firstAdmin: () => link.call("firstAdmin", undefined),
    listUsers: (page) => link.call("listUsers", page),
    addUser: (row) => link.call("addUser", row),
    changeUser: (change) => link.call("changeUser", change),
    removeUser: (which) => link.call("removeUser", which),
  };
}
