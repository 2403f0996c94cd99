import { z } from "zod";

/** How many. */
export const count = z.int().nonnegative();

/** 0..1. */
export const share = z.number().min(0).max(1);

/** Null where it was not, or cannot be, measured. */
export const measured = z.number().nonnegative().nullable();

/** 0..100; null where it cannot be measured. */
export const percent = z.number().min(0).max(100).nullable();
