/**
 * Maps with up to `concurrency` calls under way and yields the results in the order of the inputs.
 * The first failure ends it after every call under way has settled; leaving the loop ends the input.
 */
export async function* inOrder<T, R>(
  input: AsyncIterable<T>,
  map: (value: T) => Promise<R>,
  options: { readonly concurrency: number },
): AsyncGenerator<R, void, undefined> {
  const running: Promise<R>[] = [];
  const start = (value: T): void => {
    const call = map(value);
    call.catch(() => undefined); // reported when its turn comes
    running.push(call);
  };
  const values = input[Symbol.asyncIterator]();
  let pulled: Promise<{ readonly pulled: IteratorResult<T> }> | undefined;
  let done = false;
  try {
    while (!done || running.length > 0) {
      if (!done && running.length < options.concurrency) {
        pulled ??= values.next().then((result) => ({ pulled: result }));
        pulled.catch(() => undefined);
      }
      const oldest = running[0]?.then((result) => ({ result }));
      const settled = await Promise.race([pulled, oldest].filter((promise) => promise !== undefined));
      if ("pulled" in settled) {
        pulled = undefined;
        if (settled.pulled.done) done = true;
        else start(settled.pulled.value);
      } else {
        void running.shift();
        yield settled.result;
      }
    }
  } finally {
    await Promise.allSettled(running);
    // A generator that waits for its next value returns only after it: asked, not awaited.
    const returned = values.return?.();
    if (!pulled) await returned;
    else returned?.catch(() => undefined);
  }
}
