import type { live } from "@sensorium/protocol/wire";
import { Alignment, type Boxes } from "./alignment.ts";
import { type DecodedPicture, Decoder } from "./decoder.ts";
import { type Marks, paint } from "./paint.ts";
import { type Readable, Store } from "./store.ts";

/** What is on the canvas now. */
export interface OnScreen {
  readonly at: number;
  readonly width: number;
  readonly height: number;
  /** Objects with a box in this picture. */
  readonly tracked: number;
}

const NO_MARKS: Marks = { lines: [], zones: [] };

/** Draws a camera's pictures with their boxes onto one canvas, the newest at each repaint of the screen. */
export class Player {
  readonly onScreen: Readable<OnScreen | null>;
  readonly #onScreen = new Store<OnScreen | null>(null);
  readonly #context: CanvasRenderingContext2D | null;
  readonly #alignment = new Alignment<DecodedPicture>();
  readonly #decoder = new Decoder((picture) => this.#add(picture));
  #current: { readonly picture: DecodedPicture; readonly boxes: Boxes | null } | undefined;
  #marks = NO_MARKS;
  #bare = false;
  #classes: readonly string[] = [];
  #repaint = 0;

  constructor(canvas: HTMLCanvasElement) {
    this.onScreen = this.#onScreen;
    this.#context = canvas.getContext("2d", { alpha: false });
  }

  picture(picture: live.Picture): void {
    this.#decoder.put(picture);
  }

  tracks(tracks: live.TracksMessage): void {
    this.#alignment.addTracks(tracks, performance.now());
  }

  /** Lines, zones and class names to draw from now on. */
  describe({ lines, zones, classes }: Marks & Pick<live.CameraState, "classes">): void {
    this.#marks = { lines, zones };
    this.#classes = classes;
    this.#schedule();
  }

  /** Without lines and zones, while others are drawn over the picture. */
  setBare(bare: boolean): void {
    this.#bare = bare;
    this.#schedule();
  }

  /** The canvas changed its size. */
  resized(): void {
    this.#draw();
  }

  /** Forgets the camera shown so far. */
  clear(): void {
    this.#decoder.clear();
    for (const { bitmap } of this.#alignment.clear()) bitmap.close();
    this.#current?.picture.bitmap.close();
    this.#current = undefined;
    this.#onScreen.set(null);
    const canvas = this.#context?.canvas;
    if (canvas) this.#context?.clearRect(0, 0, canvas.width, canvas.height);
  }

  close(): void {
    cancelAnimationFrame(this.#repaint);
    this.clear();
  }

  #add(picture: DecodedPicture): void {
    for (const { bitmap } of this.#alignment.addPicture(picture, performance.now())) bitmap.close();
    this.#schedule();
  }

  #schedule(): void {
    if (this.#repaint === 0) this.#repaint = requestAnimationFrame(() => this.#show());
  }

  #show(): void {
    this.#repaint = 0;
    const shown = this.#alignment.take(performance.now());
    if (shown) {
      for (const { bitmap } of shown.skipped) bitmap.close();
      this.#current?.picture.bitmap.close();
      this.#current = shown;
    }
    this.#draw();
    if (this.#alignment.waiting > 0) this.#schedule();
  }

  #draw(): void {
    if (!this.#context || !this.#current) return;
    const { picture, boxes } = this.#current;
    const { bitmap, at } = picture;
    const ratio = window.devicePixelRatio;
    const marks = this.#bare ? NO_MARKS : this.#marks;
    paint(this.#context, { bitmap, boxes, marks, classes: this.#classes, ratio });
    this.#onScreen.set({ at, width: bitmap.width, height: bitmap.height, tracked: boxes?.boxes.length ?? 0 });
  }
}
