/**
 * Goal: a program on this machine finds the coordinator of a folder and its token, and is told when there is none.
 * Method: a real server; then files as somebody else may have left them.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { findLocalServer, localClient, tokenInFile } from "../../src/client/local-server.ts";
import { served } from "../support/served.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-local-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("the coordinator of a state directory, with the token of a role", async () => {
  const { stateDir, server } = await served();
  expect(findLocalServer(stateDir)).toEqual({ url: server.url, pid: process.pid, stateDir });
  await localClient({ stateDir, role: "plan" }).items.create({ title: "a" });
  await expect(localClient({ stateDir }).items.create({ title: "a" })).rejects.toMatchObject({
    code: "forbidden_role",
  });
  expect((await localClient({ stateDir, role: "read" }).items.list()).items).toHaveLength(1);
});

test("none: no folder, no note, or one that says nothing", () => {
  expect(() => findLocalServer(join(folder, "nothing"))).toThrow(/none says that it is there/);
  for (const text of ["", "{", "[]", '{"url":7,"pid":1}', "null"]) {
    writeFileSync(join(folder, "server.json"), text);
    expect(() => findLocalServer(folder)).toThrow(expect.objectContaining({ code: "server_unreachable" }));
  }
});

test("a note that cannot be read is not one that nobody wrote", () => {
  mkdirSync(join(folder, "server.json"));
  const message = expect.stringMatching(/but the note about it cannot be read: EISDIR/);
  expect(() => findLocalServer(folder)).toThrow(expect.objectContaining({ code: "server_unreachable", message }));
});

test("one that has gone, whose address may be anybody's by now, is sent no token", async () => {
  const { stateDir } = await served();
  const seen: unknown[] = [];
  const thief = createServer(({ headers }, answer) => {
    seen.push(headers.authorization);
    answer.end("{}");
  });
  await new Promise<void>((resolve) => thief.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void thief.close());
  const url = `http://127.0.0.1:${(thief.address() as AddressInfo).port}`;
  const note = (pid: unknown): void => writeFileSync(join(stateDir, "server.json"), JSON.stringify({ url, pid }));
  note(process.pid);
  const client = localClient({ stateDir, retryForMs: 0 });
  // Killed: its note is what it was, and its process is no more.
  const { pid } = spawnSync("true");
  for (const gone of [pid, 0, -1, 1.5]) {
    note(gone);
    expect(() => findLocalServer(stateDir)).toThrow(expect.objectContaining({ code: "server_unreachable" }));
    await expect(client.items.list()).rejects.toMatchObject({ code: "server_unreachable" });
  }
  expect(seen).toEqual([]);
});

test("one that came back at another address is asked there from the next request on, by the client that was made before", async () => {
  const first = await served();
  const { stateDir } = first;
  const client = localClient({ stateDir, role: "plan", retryForMs: 0 });
  await client.items.create({ title: "a" });
  const second = await first.restart();
  expect(second.server.url).not.toBe(first.server.url);
  expect((await client.items.list()).items).toMatchObject([{ title: "a" }]);
});

test("a token alone in a file, or several by role; never from a file that others can read", () => {
  const file = join(folder, "token");
  writeFileSync(file, "secret-1\n", { mode: 0o600 });
  expect(tokenInFile(file, "worker")).toBe("secret-1");
  writeFileSync(file, '{"worker":"w","__proto__":{"plan":"p"}}');
  expect(tokenInFile(file, "worker")).toBe("w");
  for (const role of ["plan", "read"] as const)
    expect(() => tokenInFile(file, role)).toThrow(expect.objectContaining({ code: "unauthorized" }));
  chmodSync(file, 0o644);
  expect(() => tokenInFile(file, "worker")).toThrow(/only its owner can read/);
  mkdirSync(join(folder, "dir"));
  for (const name of ["dir", "nothing"]) expect(() => tokenInFile(join(folder, name), "worker")).toThrow(Error);
});
