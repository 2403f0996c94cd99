import { RedisPublish } from "@sensorium/protocol/mpta";
import fc from "fast-check";
import { expect, test } from "vitest";
import { beginRecord, mqttPublish, publish, saveImage, update, valuesOf, webhook } from "./actions.fixture.ts";
import { keyOf, placeOf, type SinkAddress } from "./address.ts";
import { messageOf } from "./message.ts";
import { prepare } from "./prepare.ts";

const redis = { host: "r", port: 6379, password: "secret", db: 2 };
const postgresql = { host: "::1", port: 5432, database: "site", username: "me", password: "secret" };
const mqtt = { host: "m", port: 1883, tls: false };
const all = { id: "i", dueMs: 1_000, connections: { redis, postgresql, mqtt } };
const values = valuesOf({ session_id: "s", image_key: "k" });

test.each([
  ["redis://r:6379/2", saveImage(values)],
  ["redis://r:6379/2", publish(values)],
  ["me@postgresql://[::1]:5432/site", beginRecord(values)],
  ["mqtt://m:1883", mqttPublish(values)],
  ["https://hooks.example", webhook(values, "https://user:secret@hooks.example/cars")],
])("an action goes to %s", (key, action) => {
  const prepared = prepare(action, all);
  expect("address" in prepared && keyOf(prepared.address)).toBe(key);
});

test("what may be shown of a sink has neither its user nor its password, and a new password is no other sink", () => {
  const address: SinkAddress = { kind: "postgresql", ...postgresql };
  expect(placeOf(address)).toBe("postgresql://[::1]:5432/site");
  expect(keyOf({ ...address, password: "new" })).toBe(keyOf(address));
  expect(keyOf({ ...address, username: "you" })).not.toBe(keyOf(address));
});

test.each([
  ["names no redis server", publish(values), { ...all, connections: {} }],
  ["names no postgresql server", update(values), { ...all, connections: { redis } }],
  ["names no mqtt server", mqttPublish(values), { ...all, connections: { redis } }],
  ["there is no picture", { ...saveImage(values), picture: undefined }, all],
  ["no column has a value", update({ ...values, "brands.brand": null }), all],
  ["is empty", update({ ...values, session_id: "", "brands.brand": "x" }), all],
])("an action that cannot be sent anywhere is left out: %s", (reason, action, options) => {
  expect(prepare(action, options)).toEqual({ skipped: expect.stringContaining(reason) });
});

test("only rows have to arrive however late, and a picture's time runs from when it fell due", () => {
  const kept = [beginRecord(values), saveImage(values, { seconds: 9 }), publish(values), webhook(values, "http://h/")];
  expect(kept.map((action) => prepare(action, all))).toMatchObject([
    { kept: true, expiresMs: null },
    { kept: false, expiresMs: 10_000 },
    { kept: false, expiresMs: null },
    { kept: false, expiresMs: null },
  ]);
});

test("a column is written when everything in its template is known", () => {
  const fields = { car_brand: "{brands.brand}", car_model: "{brands.brand} {models.class}", license_type: "none" };
  const action = update({ ...values, "brands.brand": "Honda", "models.class": null }, { fields });
  expect(prepare(action, all)).toMatchObject({
    delivery: { type: "update-row", keyValue: "s", fields: { car_brand: "Honda", license_type: "none" } },
  });
});

const plainText = fc.string().map((text) => text.replaceAll(/[{}]/g, ""));
const plainJson = fc
  .jsonValue({ maxDepth: 2, noUnicodeString: false })
  .filter((value) => !/[{}]/.test(JSON.stringify(value)));

test("a message that is an object keeps every key it has and gains those it lacks", () => {
  const object = fc.dictionary(plainText, plainJson);
  const common = ["event", "display_id", "session_id", "timestamp", "image_key", "event_id"];
  const some = fc.tuple(object, fc.subarray(common)).map(([own, names]) => ({
    ...own,
    ...Object.fromEntries(names.map((name) => [name, "own"])),
  }));
  fc.assert(
    fc.property(some, (own) => {
      const { message } = RedisPublish.parse({ type: "redis_publish", channel: "c", message: JSON.stringify(own) });
      const sent = JSON.parse(messageOf(message, { id: "i", values }));
      expect(sent).toMatchObject(JSON.parse(JSON.stringify(own)));
      expect(new Set(Object.keys(sent))).toEqual(new Set([...Object.keys(own), ...common]));
    }),
  );
});
