/** Goal: only JSON crosses, as a copy that nobody can change. Method: what JSON.stringify would silently bend, and a property. */
import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { jsonCopy } from "../../src/base/json-copy.ts";
import { LIMITS } from "../../src/base/limits.ts";

const cycle: Record<string, unknown> = {};
cycle["self"] = { cycle };

describe("what is not JSON is refused, with its place", () => {
  test.each([
    ["a function", () => 1, "a function"],
    ["a BigInt inside", { a: [1, 2n] }, "a bigint at a[1]"],
    ["a symbol", Symbol("s"), "a symbol"],
    ["undefined in a list", [1, undefined], "a undefined at [1]"],
    ["a Date", { at: new Date(0) }, "an object of class Date at at"],
    ["a Map", new Map(), "an object of class Map"],
    ["an instance", new URL("x:y"), "an object of class URL"],
    ["bytes", new Uint8Array(3), "an object of class Uint8Array"],
    ["NaN", { x: Number.NaN }, "NaN at x"],
    ["Infinity", [Infinity], "Infinity at [0]"],
    ["a promise", Promise.resolve(), "an object of class Promise"],
  ])("%s", (_name, value, problem) => {
    expect(jsonCopy(value)).toEqual({ ok: false, problem });
  });

  test("a cycle, and depth beyond the limit", () => {
    expect(jsonCopy(cycle)).toMatchObject({ ok: false, problem: expect.stringContaining("levels (or a cycle)") });
    let deep: unknown = 1;
    for (let i = 0; i < LIMITS.outputDepthMax; i++) deep = [deep];
    expect(jsonCopy(deep).ok).toBe(true);
    expect(jsonCopy([deep]).ok).toBe(false);
  });

  test("a getter or a proxy that throws", () => {
    const trap = Object.defineProperty({}, "x", { enumerable: true, get: () => expect.unreachable() });
    expect(jsonCopy({ trap })).toEqual({ ok: false, problem: "a value that cannot be read at trap.x" });
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(jsonCopy({ proxy }).ok).toBe(false);
  });

  test("more bytes than are allowed", () => {
    expect(jsonCopy("x".repeat(90), 100).ok).toBe(true);
    expect(jsonCopy("x".repeat(101), 100).ok).toBe(false);
    expect(
      jsonCopy(
        Array.from({ length: 200 }, () => 1),
        100,
      ).ok,
    ).toBe(false);
  });
});

test("the copy is frozen all through and does not follow the original", () => {
  const original = { list: [{ a: 1 }], none: undefined };
  const copy = jsonCopy(original);
  expect(copy).toEqual({ ok: true, value: { list: [{ a: 1 }] } });
  original.list[0]!.a = 2;
  const { value } = copy as unknown as { value: typeof original };
  expect(value.list[0]).toEqual({ a: 1 });
  expect(Object.isFrozen(value) && Object.isFrozen(value.list) && Object.isFrozen(value.list[0])).toBe(true);
  expect("none" in value).toBe(false);
});

test("keys that other objects inherit are keys like others", () => {
  const copy = jsonCopy(JSON.parse('{"__proto__":{"polluted":1},"constructor":2,"prototype":3}'));
  expect(JSON.stringify((copy as { value: unknown }).value)).toBe(
    '{"__proto__":{"polluted":1},"constructor":2,"prototype":3}',
  );
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
});

property.prop([fc.jsonValue()])("every JSON value is copied as JSON would", (value) => {
  const copy = jsonCopy(value);
  expect(copy.ok && JSON.stringify(copy.value)).toBe(JSON.stringify(value));
});
