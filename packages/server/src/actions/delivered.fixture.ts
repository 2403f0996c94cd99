import { vi } from "vitest";
import type { TestNode } from "./actions.fixture.ts";

/** Resolves when no sink lacks anything any more. */
export const delivered = ({ actions }: TestNode): Promise<void> =>
  vi.waitFor(
    () => {
      const left = actions.health().sinks.filter(({ waiting }) => waiting > 0);
      if (left.length > 0) throw new Error(JSON.stringify(left));
    },
    { timeout: 30_000, interval: 10 },
  );
