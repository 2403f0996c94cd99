/** What the page shows, as the part of the address after `#` says it. */
export type Route = { readonly view: "live"; readonly camera: string | null } | { readonly view: "access" };

export type View = Route["view"];

/** The route of an address; one that is not known shows the live pictures. */
export function routeOf(hash: string): Route {
  const said = new URLSearchParams(hash.replace(/^#/, ""));
  if (said.get("view") === "access") return { view: "access" };
  return { view: "live", camera: said.get("camera") };
}

/** The address of a route, from `#`. */
export function addressOf(route: Route): string {
  if (route.view === "live") return `#${new URLSearchParams(route.camera === null ? {} : { camera: route.camera })}`;
  return `#${new URLSearchParams({ view: route.view })}`;
}
