/** A row that both databases take: PostgreSQL refuses NUL in text, and one refused row would hold up all after it. */
export function storable<R extends object>(row: R): R {
  const clean = Object.entries(row).map(([column, value]) => [
    column,
    typeof value === "string" ? value.toWellFormed().replaceAll("\0", "\uFFFD") : value,
  ]);
  return Object.fromEntries(clean);
}
