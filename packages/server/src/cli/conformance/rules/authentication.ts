import { wifiDensepose as golden } from "@sensorium/protocol/golden";
import { wifiDensepose as wire } from "@sensorium/protocol/wire";
import type { Context, Knock } from "../context.ts";
import { Broken, expectThat, notApplicable, notSeen, passed, type Rule, type Verdict } from "../rule.ts";
import { claimsOf, worthlessTokens } from "../tokens.ts";
import { isLetIn } from "./handshake.ts";

const MOST_MS = 300_000;

/** How long a token is good; of an API key, whose end cannot be read from it, as long as anything is waited for. */
function leftOf(token: string, { clock, quick }: Context): number {
  const end = claimsOf(token)?.exp;
  if (typeof end === "number") return end * 1000 - clock.now();
  return quick ? Number.POSITIVE_INFINITY : MOST_MS;
}

/** How the server refuses whoever shows this; a handshake that is refused is as good as a close with a code. */
async function refusal(context: Context, knock: Knock): Promise<string | undefined> {
  const arrival = await context.knock(knock);
  if (arrival.kind === "refused") return arrival.why;
  await using peer = arrival.peer;
  if (await isLetIn(peer, context)) return undefined;
  const closure = peer.closure ?? (await peer.closes());
  if (!closure) throw new Broken({ expected: "a refusal or a close", received: "a connection that stays" });
  return `closed with ${closure.code}`;
}

async function isRefused(context: Context, knock: Knock): Promise<Verdict> {
  const why = await refusal(context, knock);
  expectThat(why !== undefined, { expected: "a refusal", received: "an ack of a subscribe" });
  return passed(why);
}

/** Whether the server lets in everybody, as it may where nobody else can reach it. */
const asksNobody = async (context: Context): Promise<boolean> =>
  context.target.token === undefined && context.target.apiKey === undefined && !(await refusal(context, {}));

const OPEN = notApplicable("the server asks nobody who they are");

const refuses = (wrong: string, index: number): Rule => ({
  section: "Authentication",
  name: `a token ${wrong} is refused`,
  async run(context) {
    if (await asksNobody(context)) return OPEN;
    const [, token = ""] = worthlessTokens(context.target.token, context.clock.now())[index] ?? [];
    return isRefused(context, { query: { token } });
  },
});

/** Who is let in, and for how long. */
export const authentication: readonly Rule[] = [
  {
    section: "Authentication",
    name: "whoever shows no token is refused",
    run: async (context) => ((await asksNobody(context)) ? OPEN : isRefused(context, {})),
  },
  ...worthlessTokens(undefined, 0).map(([wrong], index) => refuses(wrong, index)),
  {
    section: "Authentication",
    name: "token_expired comes when a token runs out, and then the close",
    async run(context) {
      const { expiringToken: token } = context.target;
      if (token === undefined) return notSeen("no --expiring-token");
      const leftMs = leftOf(token, context);
      if (leftMs > MOST_MS) return notSeen("the --expiring-token does not run out within the time");
      const arrival = await context.knock({ query: { token } });
      expectThat(arrival.kind === "open", { expected: "to be let in", received: "a refusal" });
      await using peer = arrival.peer;
      const told = await peer.next("token_expired", leftMs + 5_000);
      const expected = golden["document.token_expired"].message;
      expectThat(told?.message === expected, { expected, received: told?.message ?? "nothing" });
      const closure = await peer.closes();
      expectThat(closure !== undefined, { expected: "a close", received: "a connection that stays" });
      return passed(
        `closed with ${closure.code}${closure.code === wire.CLOSE.credentialEnded.code ? "" : ", not 4001"}`,
      );
    },
  },
];
