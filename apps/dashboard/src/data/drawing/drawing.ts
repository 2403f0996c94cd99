import type { Change } from "../configuration.ts";
import type { Point } from "../line.ts";
import { type Readable, Store } from "../store.ts";
import { changesBetween, isUnnamed, nextName, type Shape, withChange } from "./shapes.ts";

/** What is drawn, and what the next press on the picture does. */
export interface DrawingState {
  readonly shapes: readonly Shape[];
  /** The key of the shape that is worked on. */
  readonly selected: number | null;
  /** The kind that is being drawn; null while nothing is. */
  readonly tool: Shape["kind"] | null;
  /** The points of that one so far. */
  readonly placed: readonly Point[];
  readonly changed: boolean;
  readonly canUndo: boolean;
}

/** Corners a zone has at least. */
export const LEAST_CORNERS = 3;

/** Lines and zones of one camera while they are drawn; nothing is changed elsewhere before `changes` are made. */
export class Drawing {
  readonly state: Readable<DrawingState>;
  readonly camera: string;
  readonly #state: Store<DrawingState>;
  #before: readonly Shape[];
  #past: (readonly Shape[])[] = [];
  #nextKey: number;

  constructor(camera: string, shapes: readonly Shape[]) {
    this.camera = camera;
    this.#before = shapes;
    this.#nextKey = Math.max(-1, ...shapes.map(({ key }) => key)) + 1;
    this.#state = new Store<DrawingState>({
      ...{ shapes, selected: null, tool: null, placed: [], changed: false, canUndo: false },
    });
    this.state = this.#state;
  }

  /** What has to be changed in the file. */
  get changes(): readonly Change[] {
    return changesBetween(this.#before, this.#state.get().shapes, this.camera);
  }

  /** Notes that one of the changes has been made. */
  made(change: Change): void {
    this.#before = withChange(this.#before, this.#state.get().shapes, change);
    this.#update({});
  }

  select(key: number | null): void {
    this.#update({ selected: key });
  }

  /** The next presses on the picture draw a line or a zone. */
  begin(tool: Shape["kind"]): void {
    this.#update({ tool, placed: [], selected: null });
  }

  /** Sets the next point; a line is complete with its second one. */
  place(point: Point): void {
    const { tool, placed } = this.#state.get();
    if (tool === null) return;
    this.#update({ placed: [...placed, inPicture(point)] });
    if (tool === "line" && placed.length === 1) this.finish();
  }

  /** Completes what is being drawn; with too few points it goes on. */
  finish(): void {
    const { tool, placed, shapes } = this.#state.get();
    if (tool === null || placed.length < (tool === "line" ? 2 : LEAST_CORNERS)) return;
    this.#add({ kind: tool, name: nextName(tool, shapes), points: placed, rule: {} });
  }

  /** Puts one of the kind that is being drawn into the middle, for whoever has no pointer. */
  placeInMiddle(): void {
    const { tool, shapes } = this.#state.get();
    if (tool === null) return;
    this.#add({ kind: tool, name: nextName(tool, shapes), points: MIDDLE[tool], rule: {} });
  }

  /** Draws nothing any more. */
  abandon(): void {
    this.#update({ tool: null, placed: [] });
  }

  /** Remembers how everything is, as a step that can be undone; for what changes in many small moves. */
  hold(): void {
    const { shapes } = this.#state.get();
    if (this.#past.at(-1) !== shapes) this.#past.push(shapes);
    if (this.#past.length > 100) this.#past.shift();
  }

  /** Takes the last point back, or the last step. */
  undo(): void {
    const { placed } = this.#state.get();
    if (placed.length > 0) this.#update({ placed: placed.slice(0, -1) });
    else this.#stepBack();
  }

  movePoint(key: number, index: number, to: Point): void {
    this.#reshape(key, (points) => points.with(index, inPicture(to)));
  }

  /** Moves all of it, as far as it stays in the picture. */
  moveBy(key: number, by: Point): void {
    this.#reshape(key, (points) => {
      const x = within(
        by.x,
        points.map((point) => point.x),
      );
      const y = within(
        by.y,
        points.map((point) => point.y),
      );
      return points.map((point) => inPicture({ x: point.x + x, y: point.y + y }));
    });
  }

  /** Adds a corner to a zone, before the one at `index`. */
  insertPoint(key: number, index: number, point: Point): void {
    this.hold();
    this.#reshape(key, (points) => points.toSpliced(index, 0, inPicture(point)));
  }

  /** Takes a corner from a zone that has more than it needs. */
  removePoint(key: number, index: number): void {
    const shape = this.#state.get().shapes.find((each) => each.key === key);
    if (!shape || shape.kind === "line" || shape.points.length <= LEAST_CORNERS) return;
    this.hold();
    this.#reshape(key, (points) => points.toSpliced(index, 1));
  }

  /** Swaps in and out. */
  reverse(key: number): void {
    this.hold();
    this.#reshape(key, (points) => points.toReversed());
  }

  rename(key: number, name: string): void {
    this.#replace(key, (shape) => ({ ...shape, name }));
  }

  remove(key: number): void {
    this.hold();
    this.#update({ shapes: this.#state.get().shapes.filter((shape) => shape.key !== key), selected: null });
  }

  #stepBack(): void {
    const { shapes, selected } = this.#state.get();
    let last = this.#past.pop();
    while (last === shapes) last = this.#past.pop();
    if (last) this.#update({ shapes: last, selected: last.some(({ key }) => key === selected) ? selected : null });
  }

  #add(shape: Omit<Shape, "key">): void {
    this.hold();
    const key = this.#nextKey++;
    const { shapes } = this.#state.get();
    this.#update({ shapes: [...shapes, { ...shape, key }], selected: key, tool: null, placed: [] });
  }

  /** A line that is known by its place gets a name with another place, lest it be known by a wrong one. */
  #reshape(key: number, change: (points: readonly Point[]) => readonly Point[]): void {
    const { shapes } = this.#state.get();
    this.#replace(key, (shape) => {
      const name = isUnnamed(shape) ? nextName("line", shapes) : shape.name;
      return { ...shape, name, points: change(shape.points) };
    });
  }

  #replace(key: number, change: (shape: Shape) => Shape): void {
    const { shapes } = this.#state.get();
    this.#update({ shapes: shapes.map((shape) => (shape.key === key ? change(shape) : shape)) });
  }

  #update(change: Partial<DrawingState>): void {
    const next = { ...this.#state.get(), ...change };
    const changed = next.shapes !== this.#before && changesBetween(this.#before, next.shapes, this.camera).length > 0;
    const canUndo = next.placed.length > 0 || this.#past.some((shapes) => shapes !== next.shapes);
    this.#state.set({ ...next, changed, canUndo });
  }
}

/** What stands in the middle of the picture when it is drawn without a pointer. */
const MIDDLE: Readonly<Record<Shape["kind"], readonly Point[]>> = {
  line: [
    { x: 0.5, y: 0.25 },
    { x: 0.5, y: 0.75 },
  ],
  zone: [
    { x: 0.35, y: 0.35 },
    { x: 0.65, y: 0.35 },
    { x: 0.65, y: 0.65 },
    { x: 0.35, y: 0.65 },
  ],
};

const clamp = (value: number): number => Math.min(1, Math.max(0, value));
const inPicture = ({ x, y }: Point): Point => ({ x: clamp(x), y: clamp(y) });
/** As much of `by` as leaves all values between 0 and 1. */
const within = (by: number, values: readonly number[]): number =>
  Math.min(1 - Math.max(...values), Math.max(-Math.min(...values), by));
