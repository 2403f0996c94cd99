/** The machine's time, for a client that is never held up by chance. */
export const hasty = {
  now: () => Date.now(),
  after: (ms: number, task: () => void) => {
    const timer = setTimeout(task, ms);
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
  random: () => 0,
};
