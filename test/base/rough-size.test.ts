import { expect, test } from "vitest";
import { roughSize } from "../../src/base/rough-size.ts";

test("grows with texts, names and the number of values; counting ends soon after the limit", () => {
  expect(roughSize("x".repeat(1_000))).toBe(1_016);
  expect([roughSize(undefined), roughSize(null), roughSize(7)]).toEqual([16, 16, 16]);
  expect(roughSize({ name: ["ab", 1] })).toBe(16 + 4 + 16 + 18 + 16);
  let read = 0;
  const long = new Proxy(
    Array.from({ length: 1_000 }, () => "x".repeat(100)),
    {
      get: (list, name) => (
        typeof name === "string" && /^\d+$/.test(name) && read++,
        Reflect.get(list, name) as unknown
      ),
    },
  );
  expect(roughSize(long, 1_000)).toBeLessThan(1_200);
  expect(read).toBeLessThan(12);
});
