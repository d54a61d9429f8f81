import type * as FileSystem from "node:fs";
import { beforeEach, expect, test, vi } from "vitest";
import { processState } from "../../src/base/other-process.ts";

let code: string | undefined;
vi.mock("node:fs", async (real) => {
  const fs = await real<typeof FileSystem>();
  const readFileSync = (...args: Parameters<typeof fs.readFileSync>): unknown => {
    if (code !== undefined) throw Object.assign(new Error(code), { code });
    return fs.readFileSync(...args);
  };
  return { ...fs, readFileSync };
});

beforeEach(() => {
  code = undefined;
  vi.resetModules();
});

/** As a process that has not asked yet has it. */
const asked = async (): Promise<string> => (await import("../../src/base/other-process.ts")).bootId();

test.each(["EACCES", "EPERM", "ENOENT"])(
  "a machine that keeps its start to itself (%s) has none to tell",
  async (said) => {
    code = said;
    expect(await asked()).toBe("");
  },
);

test("a start that cannot be read just now is not taken for none, and read when it is asked for again", async () => {
  code = "EMFILE";
  await expect(asked()).rejects.toThrow("EMFILE");
  code = undefined;
  expect(await asked()).toMatch(process.platform === "linux" ? /^[0-9a-f-]{36}$/ : /^$/);
});

test("a process that is there and one that is not are told apart", () => {
  expect(processState(process.pid)).toBe("ours");
  expect(processState(2 ** 30)).toBe("gone");
});
