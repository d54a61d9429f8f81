import { expect, test } from "vitest";
import { jsonOf } from "../../src/server/read-body.ts";

test("a member that copies would lose is told, at any depth and however it is written; a text that speaks of it is fine", () => {
  const refused = expect.objectContaining({ code: "invalid_request" });
  for (const text of [
    '{"title":"m","metadata":{"__proto__":{"a":1}}}',
    '{"__proto__":1}',
    '[[{"a":{"__proto__":null}}]]',
    String.raw`{"\u005f_proto__":1}`,
    String.raw`{"__pr\u006fto__":1}`,
    String.raw`{"__prot\u006F__":1}`,
  ])
    expect(() => jsonOf(text), text).toThrow(refused);
  for (const text of ['{"title":"what __proto__ is"}', '{"proto":1,"constructor":2}', '["__proto__"]'])
    expect(jsonOf(text)).toEqual(JSON.parse(text));
});
