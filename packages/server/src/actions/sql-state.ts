/** The SQLSTATE of an error that PostgreSQL answered with, or nothing. */
export const sqlState = (thrown: unknown): string =>
  thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" && /^[0-9A-Z]{5}$/.test(thrown.code)
    ? thrown.code
    : "";
