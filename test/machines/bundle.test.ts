/**
 * Goal: `signalbox/machines` goes into any page: small, with XState as its only import and nothing of Node.
 * Method: the entry is bundled for a browser as an app's builder does it, and the sum is looked at.
 */
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { expect, test } from "vitest";
import { root } from "../support/tidy/repository.ts";
import { join } from "node:path";

async function bundled(code: string): Promise<{ readonly text: string; readonly imports: readonly string[] }> {
  const entry = "\0entry";
  const bundle = await rolldown({
    input: entry,
    platform: "browser",
    external: ["xstate"],
    plugins: [
      {
        name: "entry",
        resolveId: (id) => (id === entry ? id : id === "signalbox/machines" ? join(root, "machines/index.ts") : null),
        load: (id) => (id === entry ? code : null),
      },
    ],
  });
  const { output } = await bundle.generate({ format: "esm", minify: true });
  await bundle.close();
  const [chunk] = output;
  return { text: chunk.code, imports: chunk.imports };
}

test("the work item alone is under 2 kB, everything under 14 kB (compressed), and only xstate is imported", async () => {
  const one = await bundled('export { workItemMachine } from "signalbox/machines";');
  const all = await bundled('export * from "signalbox/machines";');
  expect([one.imports, all.imports]).toEqual([["xstate"], ["xstate"]]);
  expect(gzipSync(one.text).length).toBeLessThan(2_000);
  expect(gzipSync(all.text).length).toBeLessThan(14_000);
  expect(all.text).not.toMatch(/\b(process|Buffer|require|globalThis|node:)\b/);
});
