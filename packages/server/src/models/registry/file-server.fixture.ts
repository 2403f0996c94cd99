import { type Answer, WebServer } from "@sensorium/testkit";

/** One file, and how its server treats those who ask for it. */
export interface ServedFile {
  content: Uint8Array;
  etag?: string | undefined;
  /** After how many bytes of its body each answer is cut off, in order; later ones are whole. */
  cuts: number[];
  /** Whether parts of it are given. */
  ranges: boolean;
}

/** A web server with one file, which remembers what it was asked for. */
export interface FileServer extends AsyncDisposable {
  readonly file: ServedFile;
  readonly address: string;
  readonly web: WebServer;
  /** The Range of each request; null where there was none. */
  readonly asked: (string | null)[];
  /** The Authorization of each request. */
  readonly authorized: (string | undefined)[];
}

export async function serveFile(given: Partial<ServedFile> = {}): Promise<FileServer> {
  const file: ServedFile = { content: pattern(300_000), etag: '"one"', cuts: [], ranges: true, ...given };
  const asked: (string | null)[] = [];
  const authorized: (string | undefined)[] = [];
  const answer: Answer = (request, response) => {
    const { range, authorization, "if-range": ifRange } = request.headers;
    asked.push(range ?? null);
    authorized.push(authorization);
    const { content, etag, ranges } = file;
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
    const partial = from > 0 && ranges && (ifRange === undefined || ifRange === etag);
    if (partial && from >= content.length) {
      response.writeHead(416, { "Content-Range": `bytes */${content.length}` }).end();
      return;
    }
    const body = content.subarray(partial ? from : 0);
    response.writeHead(partial ? 206 : 200, {
      "Content-Length": body.length,
      ...(etag && { ETag: etag }),
      ...(partial && { "Content-Range": `bytes ${from}-${content.length - 1}/${content.length}` }),
    });
    const cut = file.cuts.shift();
    if (cut === undefined) response.end(body);
    else response.write(body.subarray(0, cut), () => setImmediate(() => response.destroy()));
  };
  const web = await WebServer.listen(answer);
  const dispose = (): Promise<void> => web[Symbol.asyncDispose]();
  return { file, address: web.url("/model.onnx"), web, asked, authorized, [Symbol.asyncDispose]: dispose };
}

/** Bytes of which no part is like another. */
export function pattern(length: number, seed = 1): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
}
