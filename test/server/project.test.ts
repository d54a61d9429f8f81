/**
 * Goal: changes that arrive in one moment share what a change costs, and each still gets its own answer.
 * Method: a coordinator on a journal that counts its appends; its fetch handler is asked many things at once.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import type { Journal } from "../../src/journal/journal.ts";
import { sqliteJournal } from "../../src/journal/sqlite-journal.ts";
import { openCoordinator } from "../../src/server/coordinator-server.ts";

async function counted() {
  const stateDir = join(mkdtempSync(join(tmpdir(), "signalbox-project-")), "state");
  const appends: number[] = [];
  const openJournal = async (): Promise<Journal> => {
    const journal = await sqliteJournal({ directory: stateDir, env: nodeEnv() });
    return new Proxy(journal, {
      get: (target, name) => {
        if (name === "append")
          return (...[run, entries]: Parameters<Journal["append"]>) => {
            appends.push(entries.length);
            return target.append(run, entries);
          };
        const member: unknown = Reflect.get(target, name);
        return typeof member === "function" ? (member.bind(target) as unknown) : member;
      },
    });
  };
  const hosts = new Set(["localhost"]);
  const options = {
    stateDir,
    env: nodeEnv(),
    hosts,
    version: "0",
    board: false,
    onProblem: () => {},
    openJournal,
  } as const;
  const server = await openCoordinator(options);
  onTestFinished(async () => {
    await server.close();
    rmSync(stateDir, { recursive: true, force: true });
  });
  const post = async (path: string, body: object) => {
    const headers = { authorization: `Bearer ${server.tokens.plan}`, "content-type": "application/json" };
    const request = new Request(`http://localhost${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    const response = await server.fetch(request);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  return { post, appends };
}

test("forty requests of one moment are one append, and each gets its own answer, refusals too (I8)", async () => {
  const { post, appends } = await counted();
  const made = await Promise.all(
    Array.from({ length: 20 }, (_, n) => post("/api/work-items", { key: `i${n}`, title: "t" })),
  );
  expect(made.map(({ status, body }) => [status, body["key"]])).toEqual(made.map((_, n) => [201, `i${n}`]));
  appends.length = 0;
  const claims = await Promise.all(
    Array.from({ length: 40 }, (_, n) => post(`/api/work-items/i${n % 20}/claim`, { agent_id: `agent-${n}` })),
  );
  expect(claims.map(({ status }) => status)).toEqual([...Array(20).fill(200), ...Array(20).fill(409)]);
  expect(new Set(claims.slice(0, 20).map(({ body }) => body["fencing_token"])).size).toBe(20);
  expect(appends).toEqual([20]);
});
