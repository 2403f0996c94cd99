import { existsSync } from "node:fs";
import { join } from "node:path";
import { type FastifyStaticOptions, fastifyStatic } from "@fastify/static";
import type { FastifyInstance } from "fastify";

const NOT_BUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Sensorium</title>
<h1>The page has not been built yet</h1>
<p><code>npm start</code> builds it and starts the server.</p>
`;

/** Serves the built page from `folder`, or says how to build it. */
export function servePage(app: FastifyInstance, folder: string): void {
  if (!existsSync(join(folder, "index.html"))) {
    app.get("/", { config: { needs: "nothing" } }, (_, reply) =>
      reply.type("text/html; charset=utf-8").code(503).send(NOT_BUILT),
    );
    return;
  }
  app.register((page, _, done) => {
    // It holds nothing that is not in its published source; all it shows it has to ask for.
    page.addHook("onRoute", (route) => {
      route.config = { ...route.config, needs: "nothing" };
    });
    page.register(fastifyStatic, staticOptions(folder));
    page.get("/login", (_, reply) => reply.sendFile("index.html"));
    done();
  });
}

function staticOptions(folder: string): FastifyStaticOptions {
  return {
    root: folder,
    dotfiles: "ignore",
    cacheControl: false,
    // The names of everything but the page itself hold a hash of their content.
    setHeaders: (reply, path) => {
      const hashed = path.startsWith(join(folder, "assets"));
      reply.header("cache-control", hashed ? "public, max-age=31536000, immutable" : "no-cache");
    },
  };
}
