import { installLine, type Program } from "./programs.ts";

/** What this machine allows. */
export interface Machine {
  readonly aptGet: boolean;
  readonly root: boolean;
}

/** What to do about missing programs: install these packages, or end with this sentence. */
export type Remedy = { readonly install: readonly string[] } | { readonly refuse: string };

/** Installs only where nobody has to be asked: as root, where Debian's packages are. */
export function remedyFor(missing: readonly Program[], { aptGet, root }: Machine): Remedy {
  if (aptGet && root) return { install: missing.flatMap(({ packages }) => packages) };
  const names = missing.map(({ name }) => name).join(", ");
  const where = aptGet ? "Install with" : "On Debian or Ubuntu they are installed with";
  return { refuse: `The tests start programs that this machine lacks: ${names}. ${where}: ${installLine(missing)}` };
}
