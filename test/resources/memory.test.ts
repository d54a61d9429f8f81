/**
 * Goal: memory is measured against what really limits it, and nothing else. Method: files as real machines have them (Linux 6.18
 * with control groups 1 and 2, a container of 2 GiB); an idle heap with the figures that Node 20 and 24 were measured with.
 */
import { expect, test } from "vitest";
import { memoryProbe } from "../../src/resources/memory.ts";
import { fakeSource, type Machine } from "../support/resource-source.ts";

const MEMINFO = `MemTotal:       24684084 kB
MemFree:        23239072 kB
MemAvailable:   23555100 kB
Buffers:           12780 kB
Cached:           402788 kB
`;
const GiB = 1024 ** 3;

function shares(machine: Machine): Record<string, number> {
  return Object.fromEntries(
    memoryProbe(fakeSource(machine))
      .read()
      .map(({ name, value }) => [name, value]),
  );
}

test("S2-11: an idle process does not press, however full V8 says its present heap is", () => {
  // Measured: Node 20.20 idles at 0.82 of heapTotal with 4 MB in use; the limit is what counts.
  const idle = { used: 4_627_816, max: 4_395_630_592 };
  expect(shares({ files: { "/proc/meminfo": MEMINFO }, heap: idle })).toEqual({
    memory: expect.closeTo(0.0457, 4),
    heap: expect.closeTo(0.001, 3),
  });
});

test("on Linux what could be had counts as free, not only what is unused", () => {
  const busy = MEMINFO.replace("23555100", " 1234204").replace("23239072", "   99999");
  const [reading] = memoryProbe(fakeSource({ files: { "/proc/meminfo": busy } })).read();
  expect(reading).toEqual({
    name: "memory",
    value: expect.closeTo(0.95, 3),
    words: "95 % of the 23.5 GiB of memory are in use",
  });
});

test("elsewhere the system is asked; macOS, which calls little free, is not believed", () => {
  const memory = { free: 1 * GiB, total: 4 * GiB };
  expect(shares({ platform: "win32", memory })).toEqual({ memory: 0.75, heap: 0.25 });
  expect(shares({ platform: "darwin", memory })).toEqual({ heap: 0.25 });
});

/** `docker run --memory 2g`, cgroup 2: the group is the root of what can be seen. */
const CONTAINER = {
  "/proc/meminfo": MEMINFO,
  "/proc/self/cgroup": "0::/\n",
  "/sys/fs/cgroup/memory.max": `${Math.round(2 * GiB)}\n`,
  "/sys/fs/cgroup/memory.current": `${Math.round(1.9 * GiB)}\n`,
  "/sys/fs/cgroup/memory.stat": `anon ${Math.round(0.4 * GiB)}\nfile ${Math.round(1.4 * GiB)}\nkernel 1000\nshmem 0\ninactive_file ${Math.round(1 * GiB)}\nactive_file ${Math.round(0.3 * GiB)}\nslab_reclaimable ${Math.round(0.1 * GiB)}\n`,
};

test("a container's limit counts, without the page cache that the kernel would give back", () => {
  const [, reading] = memoryProbe(fakeSource({ files: CONTAINER })).read();
  expect(reading).toEqual({
    name: "memory_limit",
    value: expect.closeTo(0.25, 5),
    words: "25 % of the 2.0 GiB that this container or service may use are in use",
  });
});

test("of several groups, one in the other, the tightest counts", () => {
  const service = "/sys/fs/cgroup/system.slice";
  const files = {
    "/proc/meminfo": MEMINFO,
    "/proc/self/cgroup": "0::/system.slice/build.service\n",
    [`${service}/build.service/memory.max`]: "max\n",
    [`${service}/build.service/memory.current`]: "1000\n",
    [`${service}/memory.max`]: `${Math.round(4 * GiB)}\n`,
    [`${service}/memory.current`]: `${Math.round(3 * GiB)}\n`,
    "/sys/fs/cgroup/memory.max": `${Math.round(8 * GiB)}\n`,
    "/sys/fs/cgroup/memory.current": `${Math.round(3 * GiB)}\n`,
  };
  expect(shares({ files })).toMatchObject({ memory_limit: 0.75 });
});

/** Both versions side by side, as some machines still have them; the memory controller is in version 1. */
const HYBRID = {
  "/proc/meminfo": MEMINFO,
  "/proc/self/cgroup": "9:name=systemd:/\n4:memory:/docker/09c94bf5\n2:cpuacct,cpu:/\n0::/\n",
  "/sys/fs/cgroup/memory/docker/09c94bf5/memory.limit_in_bytes": `${Math.round(GiB)}\n`,
  "/sys/fs/cgroup/memory/docker/09c94bf5/memory.usage_in_bytes": `${Math.round(0.9 * GiB)}\n`,
  "/sys/fs/cgroup/memory/docker/09c94bf5/memory.stat": `cache 5\ninactive_file 77\ntotal_inactive_file ${Math.round(0.1 * GiB)}\ntotal_active_file 0\n`,
  "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
  "/sys/fs/cgroup/memory/memory.usage_in_bytes": `${Math.round(20 * GiB)}\n`,
};

test("version 1 of control groups; its greatest number of pages is no limit", () => {
  expect(shares({ files: HYBRID }).memory_limit).toBeCloseTo(0.8, 5);
  const { ["/sys/fs/cgroup/memory/docker/09c94bf5/memory.limit_in_bytes"]: _, ...unlimited } = HYBRID;
  expect(shares({ files: unlimited })).not.toHaveProperty("memory_limit");
});

test("in a container that shows the host's path, the root of what can be seen counts", () => {
  const files = {
    "/proc/self/cgroup": "4:memory:/docker/0123\n",
    "/sys/fs/cgroup/memory/memory.limit_in_bytes": `${Math.round(GiB)}\n`,
    "/sys/fs/cgroup/memory/memory.usage_in_bytes": `${Math.round(0.5 * GiB)}\n`,
  };
  expect(shares({ files, memory: { free: GiB, total: 4 * GiB } })).toMatchObject({ memory_limit: 0.5 });
});

test.each([
  ["a limit above what the machine has", { "/sys/fs/cgroup/memory.max": `${Math.round(99 * GiB)}\n` }],
  ["a limit of nothing", { "/sys/fs/cgroup/memory.max": "0\n" }],
  ["no limit", { "/sys/fs/cgroup/memory.max": "max\n" }],
  ["a use that cannot be read", { "/sys/fs/cgroup/memory.current": "?" }],
  ["a path that leads out", { "/proc/self/cgroup": "0::/../..\nnonsense\n", "/sys/fs/cgroup/memory.max": "max\n" }],
])("%s is none", (_, change) => {
  expect(shares({ files: { ...CONTAINER, ...change } })).not.toHaveProperty("memory_limit");
});
