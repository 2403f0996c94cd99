import { checkPipeline, type PipelineFile } from "@sensorium/protocol/mpta";
import { describe, expect, it } from "vitest";
import { documented } from "../../../protocol/src/mpta/documented.fixture.ts";
import { explainAsText } from "./explain.ts";
import { explainAsMermaid } from "./mermaid.ts";

function fileOf(value: unknown): PipelineFile {
  const checked = checkPipeline(value);
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return checked.file;
}

describe("a pipeline explained", () => {
  it("as text shows what runs when, and what comes of it", () => {
    expect(explainAsText(fileOf(documented()))).toMatchInlineSnapshot(`
      "Redis 192.0.2.3:6379, database 0
      PostgreSQL 192.0.2.3:5432, database inference
      car_frontal_detection_v1 (car_frontal_detection_v1.pt)
      ├─ looks for Car, Frontal from 0.8
      ├─ needs one of Car, Frontal; a record begins with all of them
      ├─ does redis_save_image Frontal as inference:{display_id}:{timestamp}:{session_id}:{filename}, for 600 s
      ├─ does redis_publish on car_detections: {"event":"frontal_detected"}
      ├─ at the same time
      │  ├─ car_brand_cls_v1 (car_brand_cls_v1.pt)
      │  │  ├─ runs on Frontal from 0.85
      │  │  └─ sees Frontal cut out at 224×224
      │  └─ car_bodytype_cls_v1 (car_bodytype_cls_v1.pt)
      │     ├─ runs on Car from 0.85
      │     └─ sees Car cut out at 224×224
      └─ then does postgresql_update_combined gas_station_1.car_frontal_info where session_id = {session_id}: car_brand = {car_brand_cls_v1.brand}, car_body_type = {car_bodytype_cls_v1.body_type}
            if there are car_brand_cls_v1, car_bodytype_cls_v1
      "
    `);
  });

  it("as Mermaid shows the same", () => {
    expect(explainAsMermaid(fileOf(documented()))).toMatchInlineSnapshot(`
      "flowchart TD
        picture(["picture"]) -->|"Car, Frontal from 0.8"| n0
        n0["car_frontal_detection_v1<br>car_frontal_detection_v1.pt"]
        n0 -->|"Frontal from 0.85<br>Frontal cut out at 224×224"| n1
        n0 -->|"Car from 0.85<br>Car cut out at 224×224"| n2
        n0 --> n0a0[/"redis_save_image Frontal as inference:#123;display_id#125;:#123;timestamp#125;:#123;session_id#125;:#123;filename#125;, for 600 s"/]
        n0 --> n0a1[/"redis_publish on car_detections: #123;#34;event#34;:#34;frontal_detected#34;#125;"/]
        n0p0[/"postgresql_update_combined gas_station_1.car_frontal_info where session_id = #123;session_id#125;: car_brand = #123;car_brand_cls_v1.brand#125;, car_body_type = #123;car_bodytype_cls_v1.body_type#125;"/]
        n1 -.-> n0p0
        n2 -.-> n0p0
        n1["car_brand_cls_v1<br>car_brand_cls_v1.pt"]
        n2["car_bodytype_cls_v1<br>car_bodytype_cls_v1.pt"]
      "
    `);
  });

  it("shows no passwords, and nothing of an address but where it is", () => {
    const actions = [{ type: "webhook", url: "https://user:sesame@example.org/hook?token=sesame" }];
    const mqtt = { host: "192.0.2.9", username: "u", password: "sesame" };
    const { pipeline, ...rest } = documented();
    const file = fileOf({ ...rest, mqtt, pipeline: { ...pipeline, actions } });
    for (const shown of [explainAsText(file), explainAsMermaid(file)]) {
      expect(shown).not.toMatch(/sesame|redis-password|db-password/);
      expect(shown).toContain("example.org/hook");
    }
  });

  it("as Mermaid is not broken by names that mean something there", () => {
    const node = { modelId: 'a"]; click n0 "javascript:x', modelFile: "a.pt", triggerClasses: ["<b>", "end|"] };
    const drawn = explainAsMermaid(fileOf({ pipeline: node }));
    expect(drawn).toMatchInlineSnapshot(`
      "flowchart TD
        picture(["picture"]) -->|"#60;b#62;, end#124; from 0"| n0
        n0["a#34;#93;; click n0 #34;javascript:x<br>a.pt"]
      "
    `);
  });
});
