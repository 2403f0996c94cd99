/** How single values are written into a YAML text. */
import { Document, visit } from "yaml";

/** Plain data that YAML can hold. */
export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain };

/** Entries on lines of their own; lists stay on one line, as coordinates are read best. */
export function blockOf(section: Plain): string {
  const document = new Document(section);
  visit(document, {
    Seq: (_, node) => {
      node.flow = true;
    },
  });
  return written(document);
}

/** Behind a name on its line. */
export function beside(value: Plain): string {
  return typeof value === "object" && value !== null ? flowOf(value) : written(new Document(value));
}

/** Inside of brackets or braces. */
export const within = (value: Plain): string => flowOf([value]).slice(1, -1);
/** The same for an entry of a section. */
export const entryWithin = (key: string, value: Plain): string => flowOf({ [key]: value }).slice(1, -1);

function flowOf(value: Plain): string {
  const document = new Document(value);
  visit(document, {
    Collection: (_, node) => {
      node.flow = true;
    },
  });
  return written(document);
}

const written = (document: Document): string =>
  document.toString({ lineWidth: 0, blockQuote: false, flowCollectionPadding: false }).trimEnd();
