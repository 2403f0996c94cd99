import type { Point } from "../line.ts";

/** A part of the picture's width or height; ten of them with Shift. */
const STEP = 0.005;
const ARROWS: Readonly<Record<string, Point>> = {
  ArrowLeft: { x: -STEP, y: 0 },
  ArrowRight: { x: STEP, y: 0 },
  ArrowUp: { x: 0, y: -STEP },
  ArrowDown: { x: 0, y: STEP },
};

type Key = Pick<KeyboardEvent, "key" | "shiftKey">;

/** How far a key moves what has the focus; null for keys that do not. */
export function stepOf({ key, shiftKey }: Key): Point | null {
  const arrow = ARROWS[key];
  const times = shiftKey ? 10 : 1;
  return arrow ? { x: arrow.x * times, y: arrow.y * times } : null;
}

/** Whether a key takes out what has the focus. */
export const isRemoval = ({ key }: Key): boolean => key === "Delete" || key === "Backspace";
