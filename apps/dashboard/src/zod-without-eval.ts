import { config } from "zod";

// The page's content security policy forbids compiling code at run time, and zod's attempt would be reported.
// Imported before any schema is made.
config({ jitless: true });
