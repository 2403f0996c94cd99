import type { ColumnDefinitionBuilder, CreateTableBuilder, SchemaModule } from "kysely";

type ColumnType = "text" | "integer" | "bigint" | "double precision" | "bytea";

/** A column's type, and what is to be said of it: without a word it is never null, with `?` it may be. */
export type Column = ColumnType | `${ColumnType}?` | `${ColumnType} key` | `${ColumnType} unique`;

type Rule = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;

const RULES: Readonly<Record<string, Rule>> = {
  "?": (column) => column,
  " key": (column) => column.primaryKey(),
  " unique": (column) => column.notNull().unique(),
};
const notNull: Rule = (column) => column.notNull();

/** A table that is to be made, of these columns in this order. */
export function table(
  schema: SchemaModule,
  name: string,
  columns: Readonly<Record<string, Column>>,
): CreateTableBuilder<string, string> {
  return Object.entries(columns).reduce<CreateTableBuilder<string, string>>((made, [column, said]) => {
    const [, type, rule = ""] = /^(.+?)(\?| key| unique)?$/.exec(said) ?? [];
    return made.addColumn(column, type as ColumnType, RULES[rule] ?? notNull);
  }, schema.createTable(name));
}
