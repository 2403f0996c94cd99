import { expect, it } from "vitest";
import { PageQuery, paginationOf } from "./paging.ts";

it.each([
  [{}, { page: 1, per_page: 50 }],
  [
    { page: "3", per_page: "1000" },
    { page: 3, per_page: 1000 },
  ],
])("a list's query %j means %j", (given, meant) => {
  expect(PageQuery.parse(given)).toEqual(meant);
});

it.each([{ page: "0" }, { page: "-1" }, { page: "1.5" }, { page: "x" }, { per_page: "0" }, { per_page: "1001" }])(
  "a list's query %j is refused",
  (given) => {
    expect(PageQuery.safeParse(given).success).toBe(false);
  },
);

it.each([
  ["the only page", { page: 1, per_page: 50 }, 50, { total_pages: 1, has_next: false, has_prev: false }],
  ["the first of several", { page: 1, per_page: 50 }, 51, { total_pages: 2, has_next: true, has_prev: false }],
  ["the last of several", { page: 2, per_page: 50 }, 51, { total_pages: 2, has_next: false, has_prev: true }],
  ["a page behind the last", { page: 9, per_page: 50 }, 51, { total_pages: 2, has_next: false, has_prev: true }],
  ["a page of nothing", { page: 1, per_page: 50 }, 0, { total_pages: 0, has_next: false, has_prev: false }],
])("%s says where it stands", (_, query, total, place) => {
  expect(paginationOf(query, total)).toEqual({ ...query, total, ...place });
});
