import { readFileSync } from "node:fs";
import {
  BundleManifest,
  CONTEXT_FIELDS,
  checkPipeline,
  DETECTION_FIELDS,
  NodeAction,
  PipelineFile,
  PipelineNode,
  PostgresqlUpdateCombined,
} from "@sensorium/protocol/mpta";
import { describe, expect, it } from "vitest";
import { explainAsText } from "./explain.ts";

const page = readFileSync(new URL("../../../../docs/mpta.md", import.meta.url), "utf8");
const [pipeline, manifest] = Array.from(page.matchAll(/^```json\n(.*?)^```$/gms), ([, text = ""]) => JSON.parse(text));

describe("the page on bundles", () => {
  it("shows a pipeline that can be used, without a remark, and how it is explained", () => {
    const checked = checkPipeline(pipeline);
    expect(checked).toMatchObject({ ok: true, warnings: [] });
    if (checked.ok) expect(page).toContain(explainAsText(checked.file));
  });

  it("shows a manifest that can be used", () => {
    expect(BundleManifest.parse(manifest)).toEqual(manifest);
  });

  const settings = [
    ...Object.keys(PipelineFile.shape),
    ...Object.keys(PipelineNode.shape),
    ...NodeAction.options.flatMap(({ shape }) => [shape.type.value, ...Object.keys(shape)]),
    ...Object.keys(PostgresqlUpdateCombined.in.shape),
    ...Object.keys(BundleManifest.shape),
    ...CONTEXT_FIELDS,
    ...DETECTION_FIELDS,
  ];
  it.each([...new Set(settings)].filter((name) => name !== "type"))("says what %s is", (name) => {
    expect(page).toMatch(new RegExp(`^\\|[^|]*\`${name}\`[^|]*\\|`, "m"));
  });
});
