import { open, readFile, realpath } from "node:fs/promises";
import { dirname, resolve, sep } from "node:path";
import { SensoriumError } from "@sensorium/protocol";

const HEAD_BYTES = 1024;
/** A playlist of playlists names the ones with the pictures; these name no others. */
const LEVELS = 3;

/**
 * Refuses a file that would make its demuxer read other files than those of its own folder, or wait for ever: a playlist
 * names what is to be read, and it may come from anywhere.
 * @throws SensoriumError "source-invalid"
 */
export async function refuseUnsafePlaylist(path: string, label: string): Promise<void> {
  const head = await headOf(path);
  if (/^\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<MPD\b/s.test(head))
    throw refusal(label, "is a DASH manifest: these are read over http:// and https:// only");
  if (head.startsWith("#EXTM3U")) await checkPlaylist(path, { label, folder: await realpath(dirname(path)), level: 1 });
}

interface Check {
  readonly label: string;
  /** What its parts may lie in. */
  readonly folder: string;
  readonly level: number;
}

async function checkPlaylist(path: string, { label, folder, level }: Check): Promise<void> {
  const lines = (await readFile(path, "utf8")).split(/\r?\n/).map((line) => line.trim());
  const ofPlaylists = lines.some((line) => line.startsWith("#EXT-X-STREAM-INF"));
  if (!ofPlaylists && !lines.includes("#EXT-X-ENDLIST"))
    throw refusal(label, "is a playlist that goes on: from a file only a finished one is read");
  if (level > LEVELS) throw refusal(label, "is a playlist of playlists of playlists");
  for (const part of lines.flatMap(partsIn)) {
    if (/^data:/i.test(part)) continue;
    const inside = await placeWithin(folder, { part, from: dirname(path) });
    if (inside === undefined) throw refusal(label, "is a playlist with parts outside of its own folder");
    if (ofPlaylists && (await headOf(inside)).startsWith("#EXTM3U"))
      await checkPlaylist(inside, { label, folder, level: level + 1 });
  }
}

/** What a line names: itself, or what stands in its attribute. */
function partsIn(line: string): string[] {
  if (line === "") return [];
  return line.startsWith("#") ? Array.from(line.matchAll(/URI="([^"]*)"/g), ([, uri = ""]) => uri) : [line];
}

/** The file that a part is; undefined when it is not one of the folder's. A missing one is told of when it is read. */
async function placeWithin(
  folder: string,
  { part, from }: { readonly part: string; readonly from: string },
): Promise<string | undefined> {
  if (/^[a-z][a-z0-9+.-]*:/i.test(part)) return undefined;
  const place = resolve(from, part);
  const real = await realpath(place).catch(() => place);
  return real.startsWith(folder + sep) ? real : undefined;
}

/** Empty when there is no such file. */
async function headOf(path: string): Promise<string> {
  const file = await open(path).catch(() => null);
  if (!file) return "";
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES));
    return buffer.toString("utf8", 0, bytesRead).replace(/^\uFEFF/, "");
  } catch {
    return ""; // a folder: opening it says so
  } finally {
    await file.close();
  }
}

const refusal = (label: string, why: string): SensoriumError => new SensoriumError("source-invalid", `${label} ${why}`);
