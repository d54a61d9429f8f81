/**
 * Goal: an admin gets a whole, checked copy of the state over HTTP while work goes on; nobody else does, and no request says where it goes.
 * Method: a real server with a folder for copies; what it made is opened as a state of its own.
 */
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { createClient } from "../../src/client/client.ts";
import { create, served, type Served } from "../support/served.ts";

let root: string;
let backupDir: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "signalbox-backups-"));
  backupDir = join(root, "copies");
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
});

const admin = (s: Served) => createClient({ url: s.server.url, token: s.server.tokens.admin });

test("a copy is made while agents work; it has all that was acknowledged before, and serves in another place", async () => {
  const s = await served({ backupDir });
  for (let n = 0; n < 20; n++) await create(s, { title: `before ${n}` });
  let isOver = false;
  const making = admin(s)
    .backup()
    .finally(() => (isOver = true));
  let meanwhile = 0;
  while (!isOver) await create(s, { title: `meanwhile ${meanwhile++}` });
  const made = await making;
  expect(readdirSync(backupDir)).toEqual([made.file]);
  expect(made.file).toBe(`signalbox-${made.at.replaceAll(/[:.]/g, "-")}.db`);
  const copy = join(backupDir, made.file);
  expect([statSync(copy).size, made.runs, statSync(copy).mode & 0o077, statSync(backupDir).mode & 0o077]).toEqual([
    made.bytes,
    1,
    0,
    0,
  ]);
  const stateDir = join(root, "restored");
  mkdirSync(stateDir, { mode: 0o700 });
  copyFileSync(copy, join(stateDir, "signalbox.db"));
  const restored = await served({ stateDir });
  const { body } = await restored.call("read", "/api/work-items?limit=1000");
  const titles = body.items.map(({ title }: { title: string }) => title);
  expect(meanwhile).toBeGreaterThan(0);
  expect(titles.length).toBeGreaterThanOrEqual(20);
  expect(titles.slice(0, 20)).toEqual(Array.from({ length: 20 }, (_, n) => `before ${n}`));
});

test("one copy is made at a time, and every copy has a name of its own", async () => {
  const s = await served({ backupDir });
  const answers = await Promise.all(Array.from({ length: 4 }, () => s.call("admin", "/api/backups", {})));
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 429, 429, 429]);
  expect(answers.find(({ status }) => status === 429)).toMatchObject({ body: { code: "cap_reached" } });
  expect((await s.call("admin", "/api/backups", {})).status).toBe(201);
  expect(readdirSync(backupDir)).toHaveLength(2);
  expect(s.problems).toEqual([]);
});

test("only an admin may ask, and a request cannot name a file or folder", async () => {
  const s = await served({ backupDir });
  for (const role of ["read", "worker", "plan"] as const)
    expect(await s.call(role, "/api/backups", {})).toMatchObject({ status: 403, body: { code: "forbidden_role" } });
  for (const body of [{ file: join(root, "x.db") }, { folder: root }, { target: "../x" }, [], "x", null])
    expect(await s.call("admin", "/api/backups", body)).toMatchObject({
      status: 400,
      body: { code: "invalid_request" },
    });
  expect(await s.call("admin", "/api/backups?file=../x.db", {})).toMatchObject({ status: 400 });
  expect(readdirSync(backupDir)).toEqual([]);
});

test("a server without a folder for copies says so, and a full folder is never made room in", async () => {
  const without = await served();
  expect(await without.call("admin", "/api/backups", {})).toMatchObject({
    status: 409,
    body: { code: "not_ready", detail: expect.stringContaining("--backup-dir") },
  });
  const s = await served({ backupDir });
  for (let n = 0; n < LIMITS.backupsMax; n++)
    writeFileSync(join(backupDir, `signalbox-2026-11-21T00-00-00-${String(n).padStart(3, "0")}Z.db`), "");
  expect(await s.call("admin", "/api/backups", {})).toMatchObject({ status: 429, body: { code: "cap_reached" } });
  expect(readdirSync(backupDir)).toHaveLength(LIMITS.backupsMax);
});

test("a folder that is gone, or whose disk is full, is a 503 that says nothing of paths, and is told to whoever runs the server", async () => {
  const s = await served({ backupDir });
  rmSync(backupDir, { recursive: true });
  const { status, body } = await s.call("admin", "/api/backups", {});
  expect([status, body.code]).toEqual([503, "journal_unavailable"]);
  expect(body.detail).not.toContain(root);
  expect(s.problems).toHaveLength(1);
  mkdirSync(backupDir, { mode: 0o700 });
  expect((await s.call("admin", "/api/backups", {})).status).toBe(201);
});

test.each(["others may write to", "is a link", "is a file"])(
  "a server does not start with a folder that %s",
  async (kind) => {
    if (kind === "is a file") writeFileSync(backupDir, "");
    else if (kind === "is a link") symlinkSync(root, backupDir);
    else {
      mkdirSync(backupDir);
      chmodSync(backupDir, 0o777);
    }
    const stateDir = join(root, "state");
    await expect(served({ stateDir, backupDir })).rejects.toMatchObject({ code: "state_unwritable" });
    // Nothing is held by what did not start.
    await served({ stateDir });
  },
);

test("a server that is stopped brings a copy that is under way to its end", async () => {
  const s = await served({ backupDir });
  for (let n = 0; n < 5; n++) await create(s, { title: `${n}` });
  const asked = s.call("admin", "/api/backups", {}).catch(() => undefined);
  while (readdirSync(backupDir).length === 0) await nodeEnv().timers.nextTurn();
  await s.restart();
  await asked;
  expect(readdirSync(backupDir)).toEqual([expect.stringMatching(/^signalbox-.*Z\.db$/)]);
});
