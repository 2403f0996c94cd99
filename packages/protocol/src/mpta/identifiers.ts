import { z } from "zod";

/** The schema of tables that name none. */
export const DEFAULT_SCHEMA = "gas_station_1";

/** A table of PostgreSQL; both parts are letters, digits and underscores in lower case. */
export interface TableName {
  readonly schema: string;
  readonly name: string;
}

const rule = "letters, digits and underscores, at most 63";
const identifier = /^[A-Za-z0-9_]{1,63}$/;

/** As PostgreSQL reads a name without quotes, so that quoting it means the same. */
const folded = (name: string): string => name.toLowerCase();

/** The name of a column. */
export const ColumnName = z.string().regex(identifier, `must be the name of a column: ${rule}`).transform(folded);

/** The name of a table, with or without a schema. */
export const Table = z
  .string()
  .regex(/^(?:[A-Za-z0-9_]{1,63}\.)?[A-Za-z0-9_]{1,63}$/, `must be a table, or schema.table: ${rule} each`)
  .transform((text): TableName => {
    const [first = "", second] = folded(text).split(".");
    return second === undefined ? { schema: DEFAULT_SCHEMA, name: first } : { schema: first, name: second };
  });

/** Columns and what they are set to; no two may be the same. */
export const columns = <T>(value: z.ZodType<T>) =>
  z.record(z.string(), value).transform((given, context): Readonly<Record<string, T>> => {
    const found = new Map<string, T>();
    for (const [name, content] of Object.entries(given)) {
      const key = folded(name);
      const message = identifier.test(name)
        ? found.has(key) && "is a column that is named twice"
        : `must be the name of a column: ${rule}`;
      if (message) context.addIssue({ code: "custom", path: [name], message });
      found.set(key, content);
    }
    return Object.fromEntries(found);
  });
