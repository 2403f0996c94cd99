/** How long what is being sent may still take once we are to stop. */
const GRACE_MS = 1000;

/** Calls `cut` a moment after the signal aborts, which ends what is still under way; disposing it calls it off. */
export function hangUpAfter(signal: AbortSignal, cut: () => void): Disposable {
  let timer: NodeJS.Timeout | undefined;
  const begin = (): void => {
    timer = setTimeout(cut, GRACE_MS);
  };
  signal.addEventListener("abort", begin);
  if (signal.aborted) begin();
  return {
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", begin);
    },
  };
}
