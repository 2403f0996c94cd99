/** Gives what has just opened the focus, so that keys and screen readers go on there. */
export function focused(element: HTMLElement): void {
  element.focus({ preventScroll: true });
}
