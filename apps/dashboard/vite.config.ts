import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

const server = "http://127.0.0.1:8000";

export default defineConfig({
  // Relative, so that the page works under any path of a reverse proxy.
  base: "./",
  plugins: [svelte()],
  build: { outDir: "dist", target: "es2022", modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
  server: {
    proxy: {
      "/api": server,
      "/live": { target: server, ws: true, changeOrigin: true, rewriteWsOrigin: true },
    },
  },
});
