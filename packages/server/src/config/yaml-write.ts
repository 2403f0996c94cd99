/** How single values are written into a YAML text. */
import { Document, visit } from "yaml";

/** Plain data that YAML can hold. */
export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain };

/** Entries on lines of their own; lists stay on one line, as coordinates are read best. */
export function blockDocument(section: Plain | object): Document {
  const document = documentOf(section);
  visit(document, {
    Seq: (_, node) => {
      node.flow = true;
    },
  });
  return document;
}

export const blockOf = (section: Plain): string => written(blockDocument(section)).trimEnd();

/** Behind a name on its line. */
export function beside(value: Plain): string {
  return typeof value === "object" && value !== null ? flowOf(value) : written(documentOf(value)).trimEnd();
}

/** Inside of brackets or braces. */
export const within = (value: Plain): string => flowOf([value]).slice(1, -1);
/** The same for an entry of a section. */
export const entryWithin = (key: string, value: Plain): string => flowOf({ [key]: value }).slice(1, -1);

function flowOf(value: Plain): string {
  const document = documentOf(value);
  visit(document, {
    Collection: (_, node) => {
      node.flow = true;
    },
  });
  return written(document).trimEnd();
}

/** Without references between parts that happen to be the same, and with every text on one line. */
function documentOf(value: unknown): Document {
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value === "string" && /[\n\r]/.test(node.value)) node.type = "QUOTE_DOUBLE";
    },
  });
  return document;
}

/** The text of a document, with one line for each value. */
export const written = (document: Document): string =>
  document.toString({ lineWidth: 0, blockQuote: false, flowCollectionPadding: false });
