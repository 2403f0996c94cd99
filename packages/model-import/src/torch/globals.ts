import { invalid } from "../onnx/wire.ts";
import { unsupported } from "./errors.ts";
import { fullName, isKind, type PickleGlobal, type PickleValue } from "./value.ts";

/** Modules whose functions run programs, load code or reach files and the network. Nothing of them belongs in a model. */
const refusedModules: ReadonlySet<string> = new Set(
  `os posix posixpath nt ntpath subprocess sys shutil socket ssl select signal ctypes _ctypes cffi importlib imp runpy
  pty code codeop pickle _pickle cPickle dill cloudpickle joblib marshal shelve operator _operator multiprocessing
  threading _thread concurrent asyncio platform webbrowser commands popen2 timeit trace pdb bdb cProfile profile doctest
  pydoc tempfile glob fileinput urllib urllib2 urllib3 http httplib ftplib smtplib telnetlib requests httpx aiohttp pip
  setuptools distutils ensurepip venv site zipimport pkgutil io _io linecache inspect atexit`.split(/\s+/),
);

/** The built-in types that hold data, and getattr, which names members of enums; every other built-in is refused. */
const harmlessBuiltins: ReadonlySet<string> = new Set(
  "bool bytearray bytes complex dict float frozenset getattr int list object range set slice str tuple".split(" "),
);

/** Classes with a name like a function's. Instances of them stay records. */
const lowercaseClasses: ReadonlySet<string> = new Set([
  "builtins.complex",
  "builtins.range",
  "builtins.slice",
  "datetime.date",
  "datetime.datetime",
  "datetime.timedelta",
  "datetime.timezone",
  "functools.partial",
  "numpy.core.multiarray._reconstruct",
  "numpy.core.multiarray.scalar",
  "numpy._core.multiarray._reconstruct",
  "numpy._core.multiarray.scalar",
  "numpy.dtype",
  "numpy.ndarray",
  "torch.device",
]);

/** Names of Python 2, which protocol 2 keeps for its sake. */
const modernModules: ReadonlyMap<string, string> = new Map([
  ["__builtin__", "builtins"],
  ["copy_reg", "copyreg"],
]);

/**
 * The reference to a class or function that a file names. Nothing is looked up or run, whatever the name; one that
 * could only serve an attack is refused all the same, so that its owner learns of it. Throws `model-invalid`.
 */
export function globalNamed(writtenModule: string, name: string): PickleGlobal {
  const module = modernModules.get(writtenModule) ?? writtenModule;
  const named: PickleGlobal = { kind: "global", module, name };
  if (![module, name].every((part) => /^[\p{L}\p{N}_.]{1,200}$/u.test(part))) {
    throw invalid("The checkpoint is damaged: it names a class that cannot exist.");
  }
  // A dotted name could walk from a harmless module to another one: torch, then os.system.
  const route = [module.split(".", 1)[0] ?? "", ...name.split(".").slice(0, -1)];
  const otherBuiltin = route.includes("builtins") && !harmlessBuiltins.has(name);
  if (otherBuiltin || route.some((part) => refusedModules.has(part))) {
    throw refused(named);
  }
  return named;
}

/**
 * What `getattr` gives for a class and a name: the reference to that member. Python 3.11 writes members of enums as such
 * calls. Throws `model-invalid` for anything else, which could only serve an attack.
 */
export function memberNamed(owner: PickleValue | undefined, name: PickleValue | undefined): PickleGlobal {
  const isMember = isKind(owner, "global") && isClass(owner) && typeof name === "string" && /^\p{L}\w*$/u.test(name);
  if (!isMember) throw refused({ module: "builtins", name: "getattr" });
  return globalNamed(owner.module, `${owner.name}.${name}`);
}

/** Throws `model-unsupported` unless calling what is named makes an instance of a class. */
export function expectClass(named: PickleGlobal): void {
  if (isClass(named)) return;
  throw unsupported(`The checkpoint asks to run ${fullName(named)}, which is not known and refused.`);
}

/** By Python's convention, names of classes have a capital first; the ones without that are listed. */
function isClass(named: PickleGlobal): boolean {
  const last = named.name.split(".").at(-1) ?? "";
  return /^_*\p{Lu}/u.test(last) || lowercaseClasses.has(fullName(named));
}

function refused(named: Pick<PickleGlobal, "module" | "name">): Error {
  return invalid(`The checkpoint asks to run ${fullName(named)}, which is refused.`);
}
