import { expect, it } from "vitest";
import { detector, head, rowsOf, saying, strides, trained } from "../../testing/tiny-network.ts";
import { floats, list, torchModule } from "../../testing/torch-module.ts";
import { convertUltralytics } from "../convert.ts";

const cells = 64 + 16 + 4;

function about(...values: number[]) {
  return values.map((value) => expect.closeTo(value, 3));
}

it("a YOLOv8 box reaches as many cells to each side as its distributions say", async () => {
  const rows = await rowsOf(trained(detector(head("Detect"))));
  expect(rows.map(({ length }) => length)).toEqual(Array(6).fill(cells));
  const column = (cell: number) => rows.map((row) => row[cell] ?? Number.NaN);
  // The second cell of the second row of 8 pixels, the first cell of 16, the last of 32.
  expect(column(9)).toEqual(about(12 + 4, 12, 5 * 8, 2 * 8, 0.5, 1));
  expect(column(64)).toEqual(about(8 + 8, 8, 5 * 16, 2 * 16, 0.5, 1));
  expect(column(83)).toEqual(about(48 + 16, 48, 5 * 32, 2 * 32, 0.5, 1));
});

it("keypoints follow the box and the scores, each from its cell's corner", async () => {
  const root = trained(detector(head("Pose", { kpt_shape: list(2, 3) }, { cv4: saying([0, 0, 0, 0.25, 1, 60]) })));
  expect(convertUltralytics(root).manifest).toMatchObject({ task: "pose", keypoints: { count: 2, values: 3 } });
  const last = (await rowsOf(root)).map((row) => row[cells - 1] ?? Number.NaN);
  expect(last.slice(6)).toEqual(about(32, 32, 0.5, 32 + 16, 32 + 64, 1));
});

it("a YOLOv5 box lies about its cell and has its anchor's size, one anchor after the other", async () => {
  const branch = [0, 0, 0, 0, 60, 0, -60];
  // Width and height in cells: two anchors for each of three feature maps.
  const anchors = [1, 1.5, 2, 1, 3, 4, 1, 1, 2, 2.5, 1.5, 3];
  const anchored = torchModule(
    "models.yolo.Detect",
    { nc: 2, no: 7, na: 2, stride: floats([3], strides), anchors: floats([3, 2, 2], anchors) },
    { m: saying([...branch, ...branch]) },
  );
  const rows = await rowsOf(trained(detector(anchored)));
  expect(rows).toHaveLength(2 * cells);
  expect(rows[9]).toEqual(about(12, 12, 1 * 8, 1.5 * 8, 1, 0.5, 0));
  expect(rows[64 + 9]).toEqual(about(12, 12, 2 * 8, 1 * 8, 1, 0.5, 0));
  expect(rows.at(-1)).toEqual(about(48, 48, 1.5 * 32, 3 * 32, 1, 0.5, 0));
});
