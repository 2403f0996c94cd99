/** Gives what has just opened the focus, so that keys and screen readers go on there. */
export function focused(element: HTMLElement): void {
  element.focus({ preventScroll: true });
}

/** Does so too, and brings it into view: it may open far from where it was asked for. */
export function broughtUp(element: HTMLElement): void {
  focused(element);
  element.scrollIntoView({ block: "nearest" });
}
