/** Goal: handles, event loop and load are told as they are, or not at all. Method: machines made of recorded texts; this one at the end. */
import { expect, test } from "vitest";
import { handlesProbe } from "../../src/resources/handles.ts";
import { memoryProbe } from "../../src/resources/memory.ts";
import { eventLoopProbe, loadProbe } from "../../src/resources/processor.ts";
import { bytesInWords } from "../../src/resources/reading.ts";
import { nodeSource } from "../../src/resources/source.ts";
import { fakeSource } from "../support/resource-source.ts";

const LIMITS = `Limit                     Soft Limit           Hard Limit           Units
Max cpu time              unlimited            unlimited            seconds
Max open files            1024                 524288               files
Max locked memory         8388608              8388608              bytes
`;
const files = { "/proc/self/limits": LIMITS };

test("open handles against the limit in force", () => {
  const source = fakeSource({ files, folders: { "/proc/self/fd": () => 870 } });
  expect(handlesProbe(source).read()).toEqual([
    { name: "handles", value: 870 / 1024, words: "870 of 1024 file handles are open (85 %)" },
  ]);
});

test.each([
  ["without /proc", {}],
  ["without a limit", { files: { "/proc/self/limits": LIMITS.replace("1024 ", "unlimited") } }],
  ["when they cannot be counted", { files }],
])("handles are absent %s", (_, machine) => {
  expect(handlesProbe(fakeSource(machine)).read()).toEqual([]);
});

test("many handles are counted only now and then", () => {
  let counted = 0;
  const probe = (open: number) =>
    handlesProbe(fakeSource({ files, folders: { "/proc/self/fd": () => (counted++, open) } }));
  const few = probe(100);
  for (let i = 0; i < 20; i++) few.read();
  expect(counted).toBe(20);
  const many = probe(50_000);
  counted = 0;
  for (let i = 0; i < 21; i++) many.read();
  expect(counted).toBe(3);
});

test("the event loop tells its worst hold-up, and is left alone afterwards", () => {
  const values = [612.4, 3];
  let stopped = 0;
  const probe = eventLoopProbe(fakeSource({ worstMs: () => values.shift()!, onStop: () => stopped++ }));
  expect(probe.read()[0]).toMatchObject({ value: 612.4, words: "the event loop was held up for 612 ms" });
  expect(probe.read()[0]).toMatchObject({ value: 3 });
  probe.stop?.();
  expect(stopped).toBe(1);
});

test("load is told for each processor, where there is such a thing", () => {
  const load = { load: 12, processors: 4 };
  expect(loadProbe(fakeSource(load)).read()).toEqual([
    { name: "load", value: 3, words: "the load is 3.0 for each processor" },
  ]);
  expect(loadProbe(fakeSource({ ...load, platform: "win32" })).read()).toEqual([]);
});

test("bytes are told in the unit that fits", () => {
  expect([0, 1023, 1536, 200 * 1024 ** 2, 15.6 * 1024 ** 3, 5000 * 1024 ** 4].map(bytesInWords)).toEqual([
    "0 B",
    "1023 B",
    "1.5 KiB",
    "200 MiB",
    "15.6 GiB",
    "5000 TiB",
  ]);
});

test("this machine: every share is a share, and a held-up event loop is seen", async () => {
  const source = nodeSource();
  const loop = eventLoopProbe(source);
  const wait = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 60));
  await wait();
  const until = performance.now() + 300;
  while (performance.now() < until);
  await wait();
  expect(loop.read()[0]!.value).toBeGreaterThan(200);
  loop.stop?.();
  const readings = [memoryProbe(source), handlesProbe(source), loadProbe(source)].flatMap((probe) => probe.read());
  for (const { name, value } of readings) {
    expect(value, name).toBeGreaterThanOrEqual(0);
    if (name !== "load") expect(value, name).toBeLessThan(1);
  }
  expect(readings.map(({ name }) => name)).toContain("heap");
  expect(source.countEntries("/nowhere")).toBeUndefined();
});
