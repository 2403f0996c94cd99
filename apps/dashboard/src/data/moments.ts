const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** An instant for people: the time of day alone where it is today's. */
export function momentText(instant: string | number, nowMs = Date.now()): string {
  const date = new Date(instant);
  const isToday = date.toDateString() === new Date(nowMs).toDateString();
  return isToday ? clock.format(date) : full.format(date);
}
