import type { Rule } from "../rule.ts";
import { authentication } from "./authentication.ts";
import { badInput } from "./bad-input.ts";
import { filters } from "./filters.ts";
import { handshake } from "./handshake.ts";
import { keepalive } from "./keepalive.ts";
import { rates } from "./limits.ts";
import { messages } from "./messages.ts";
import { poses } from "./poses.ts";
import { recovery } from "./recovery.ts";
import { subscriptions } from "./subscriptions.ts";

/** Everything a server is asked, in order; the last ones look at what was said in all the others. */
export const rules: readonly Rule[] = [
  ...handshake,
  ...authentication,
  ...subscriptions,
  ...filters,
  ...poses,
  ...rates,
  ...recovery,
  ...badInput,
  ...messages,
  ...keepalive,
];
