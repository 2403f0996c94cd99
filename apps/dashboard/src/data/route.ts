/** What the page shows, as the part of the address after `#` says it. */
export type Route =
  | { readonly view: "live"; readonly camera: string | null }
  | { readonly view: "environments"; readonly environment: string | null }
  | { readonly view: "access" | "developers" };

export type View = Route["view"];

/** The route of an address; one that is not known shows the live pictures. */
export function routeOf(hash: string): Route {
  const said = new URLSearchParams(hash.replace(/^#/, ""));
  const view = said.get("view");
  if (view === "environments") return { view, environment: said.get("environment") };
  if (view === "access" || view === "developers") return { view };
  return { view: "live", camera: said.get("camera") };
}

/** The address of a route, from `#`. */
export function addressOf(route: Route): string {
  if (route.view === "live") return `#${new URLSearchParams(route.camera === null ? {} : { camera: route.camera })}`;
  const { view } = route;
  const environment = "environment" in route ? route.environment : null;
  return `#${new URLSearchParams({ view, ...(environment !== null && { environment }) })}`;
}
