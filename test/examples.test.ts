/**
 * Goal: the programs in docs/examples do what their pages say. Method: each is run as its reader runs it, against the sources; the
 * React app has a test of its own (test/browser), and all of them are built from the packed tarball by `npm run check:package`.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeWorkspace, type Workspace } from "./support/docs/workspace.ts";

let workspace: Workspace;

beforeAll(() => {
  workspace = makeWorkspace();
});
afterAll(() => workspace.remove());

const said = async (program: string): Promise<string[]> => {
  const { code, output } = await workspace.node(`docs/examples/${program}`);
  expect(code, output).toBe(0);
  return output.trim().split("\n");
};

test.concurrent("an item that is reviewed keeps the guarantees, and is not done before its review", async () => {
  expect(await said("reviewed-items/main.ts")).toEqual([
    "keeps the guarantees, in all 298 states",
    '"todo"',
    '{"claimed":"drafting"}',
    '{"claimed":"drafting"}',
    '{"claimed":"inReview"}',
    '{"claimed":"approved"}',
    '"done"',
    "approved by grace",
  ]);
});

test.concurrent("a service runs plans of its own and hands out work items, on one port", async () => {
  expect(await said("node-service/main.ts")).toEqual([
    expect.stringMatching(/^order 200 \{"outcome":"done","parcel":\{"parcel":"parcel-42"/),
    "created 201 item-1",
    "claimed 200 item-1",
  ]);
});
