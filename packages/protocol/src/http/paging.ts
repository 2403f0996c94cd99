import { z } from "zod";

/** The query of a list that comes in pages; pages are counted from 1. */
export const PageQuery = z.object({
  page: z.coerce.number().int().min(1).max(1_000_000_000).default(1),
  per_page: z.coerce.number().int().min(1).max(1000).default(50),
});
export type PageQuery = z.infer<typeof PageQuery>;

/** Where a page stands in its list. */
export const Pagination = z.object({
  page: z.int(),
  per_page: z.int(),
  /** Entries in the whole list. */
  total: z.int(),
  total_pages: z.int(),
  has_next: z.boolean(),
  has_prev: z.boolean(),
});
export type Pagination = z.infer<typeof Pagination>;

/** Where a page stands in a list of `total` entries; a page behind the last is empty and has pages before it. */
export function paginationOf({ page, per_page }: PageQuery, total: number): Pagination {
  const total_pages = Math.ceil(total / per_page);
  return { page, per_page, total, total_pages, has_next: page < total_pages, has_prev: page > 1 && total_pages > 0 };
}
