/** Pixels, milliseconds and seconds that add up are sent in tenths. */
export const tenths = (value: number): number => Math.round(value * 10) / 10;

/** Scores are sent in thousandths. */
export const thousandths = (value: number): number => Math.round(value * 1000) / 1000;

/** A place in pixels, as it is sent. */
export const placeInTenths = ({ x, y }: { readonly x: number; readonly y: number }) => ({ x: tenths(x), y: tenths(y) });
