import { readFileSync } from "node:fs";
import { API_PATH, type LimitGroup, openApiDocument, type RateLimit } from "@sensorium/protocol/rest";
import type { FastifyInstance } from "fastify";
import { VERSION } from "../../observe/version.ts";

/** What a browser shows of the document, by where it is. */
const PAGE = {
  docs: ["index.html", "text/html; charset=utf-8"],
  "docs/page.js": ["page.js", "text/javascript; charset=utf-8"],
  "docs/page.css": ["page.css", "text/css; charset=utf-8"],
} as const;

/** The description of the REST API, for programs and people; it says nothing that is not in its published source. */
export function serveOpenApi(app: FastifyInstance, limits: Readonly<Record<LimitGroup, RateLimit>>): void {
  const open = { config: { needs: "nothing" } } as const;
  let document: object | undefined;
  app.get(`${API_PATH}/openapi.json`, open, () => {
    document ??= openApiDocument({ version: VERSION, limits });
    return document;
  });
  for (const [path, [file, type]] of Object.entries(PAGE)) {
    const bytes = readFileSync(new URL(`docs/${file}`, import.meta.url));
    app.get(`${API_PATH}/${path}`, open, (_, reply) =>
      reply.type(type).header("cache-control", "no-cache").send(bytes),
    );
  }
}
