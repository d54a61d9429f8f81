/**
 * Goal: a request that is sent again, because nobody knows whether the first one arrived, is done once; a key never answers for a
 * request that asks something else.
 * Method: a real server with a real journal, requests with the same key before and after a restart.
 */
import { describe, expect, test } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import { create, served } from "../support/served.ts";

const ada = { agent_id: "ada" };

describe("requests that come twice", () => {
  test("the same key gets the same answer, also after a restart; another body is refused", async () => {
    let s = await served();
    const key = { "idempotency-key": "create-1" };
    const item = await create(s, { title: "a" }, key);
    expect(await create(s, { title: "a" }, key)).toEqual(item);
    const claimKey = { "idempotency-key": "claim-1" };
    const claim = await s.call("worker", `/api/work-items/${item.id}/claim`, ada, claimKey);
    s = await s.restart();
    const again = await s.call("worker", `/api/work-items/${item.id}/claim`, ada, claimKey);
    expect([again.status, again.body, again.headers.get("idempotency-replayed")]).toEqual([200, claim.body, "true"]);
    expect(await create(s, { title: "a" }, key)).toEqual(item);
    const other = await s.call("plan", "/api/work-items", { title: "b" }, key);
    expect([other.status, other.body.code]).toEqual([422, "idempotency_key_reused"]);
    const [project] = (await s.call("read", "/api/projects")).body;
    expect((await s.call("read", `/api/projects/${project.id}/progress`)).body).toMatchObject({ total: 1, claimed: 1 });
  });

  test("the same key for another route, or another item, is another request: it is refused, and nothing happens", async () => {
    const s = await served();
    const key = { "idempotency-key": "once" };
    const a = await create(s, { title: "a" });
    const b = await create(s, { title: "b" });
    const failed = async ({ id }: { readonly id: string }): Promise<void> => {
      const { fencing_token } = (await s.call("worker", `/api/work-items/${id}/claim`, ada)).body;
      await s.call("worker", `/api/work-items/${id}/fail`, { fencing_token, failure_reason: "no" });
    };
    await failed(a);
    await failed(b);
    expect((await s.call("plan", `/api/work-items/${a.id}/requeue`, {}, key)).body.status).toBe("todo");
    for (const path of [`/api/work-items/${a.id}/cancel`, `/api/work-items/${b.id}/requeue`])
      expect((await s.call("plan", path, {}, key)).body.code).toBe("idempotency_key_reused");
    expect((await s.call("read", "/api/work-items")).body.items).toMatchObject([
      { status: "todo" },
      { status: "failed" },
    ]);
    const bad = await s.call("plan", `/api/work-items/${a.id}/cancel`, {}, { "idempotency-key": "two words" });
    expect(bad.body.code).toBe("invalid_request");
  });

  test("a project is made once for a key, also asked for twice at once and after a restart; another one is refused", async () => {
    // Each look at the clock is another moment.
    const system = nodeEnv();
    let now = system.clock.now();
    let s = await served({ env: { ...system, clock: { ...system.clock, now: () => ++now } } });
    const key = { "idempotency-key": "project-1" };
    const ask = (name: string) => s.call("admin", "/api/projects", { name }, key);
    const [first, second] = await Promise.all([ask("p"), ask("p")]);
    expect([second.status, second.body]).toEqual([201, first.body]);
    // Whatever has become of it since.
    await s.call("plan", `/api/projects/${first.body.id}/pause`, {});
    s = await s.restart();
    const again = await ask("p");
    expect([again.status, again.body, again.headers.get("idempotency-replayed")]).toEqual([201, first.body, "true"]);
    expect((await ask("q")).body.code).toBe("idempotency_key_reused");
    expect((await s.call("read", "/api/projects")).body).toHaveLength(2);
    const unkeyed = await s.call("admin", "/api/projects", { name: "p" });
    expect(unkeyed.body.id).not.toBe(first.body.id);
    expect(unkeyed.body).toMatchObject({ status: "running", seq: 1 });
  });

  test("keys of one project are none of another's", async () => {
    const s = await served();
    const { id: project_id } = (await s.call("admin", "/api/projects", { name: "two" })).body;
    const key = { "idempotency-key": "create-1" };
    const here = await create(s, { title: "a" }, key);
    const there = await create(s, { title: "a", project_id }, key);
    expect(there.id).not.toBe(here.id);
    expect(await create(s, { title: "a", project_id }, key)).toEqual(there);
  });

  test("a heartbeat has no key: each one is a sign of life of its own", async () => {
    const s = await served();
    const { id } = await create(s, { title: "a" });
    const key = { "idempotency-key": "beat" };
    const { fencing_token } = (await s.call("worker", `/api/work-items/${id}/claim`, ada)).body;
    const beat = (lease_ms: number) =>
      s.call("worker", `/api/work-items/${id}/heartbeat`, { fencing_token, lease_ms }, key);
    const [short, long] = [await beat(1_000), await beat(60_000)];
    expect([short.status, long.status]).toEqual([200, 200]);
    expect(long.body.lease_expires_at > short.body.lease_expires_at).toBe(true);
    expect(long.headers.get("idempotency-replayed")).toBeNull();
  });
});

test("a report that comes again without a key is taken as the first one was, also after a restart, and changes nothing", async () => {
  let s = await served();
  const [done, failed] = [await create(s, { title: "a" }), await create(s, { title: "b" })];
  const claim = async (id: string): Promise<number> =>
    (await s.call("worker", `/api/work-items/${id}/claim`, { agent_id: "ada" })).body.fencing_token;
  const tokens = { done: await claim(done.id), failed: await claim(failed.id) };
  const complete = (fencing_token: number) =>
    s.call("worker", `/api/work-items/${done.id}/complete`, { fencing_token, result_summary: "", files_modified: [] });
  const fail = (fencing_token: number) =>
    s.call("worker", `/api/work-items/${failed.id}/fail`, { fencing_token, failure_reason: "x", retryable: false });
  const first = [await complete(tokens.done), await fail(tokens.failed)];
  expect(first.map(({ status, body }) => [status, body.status])).toEqual([
    [200, "done"],
    [200, "failed"],
  ]);
  const { hub } = s.server.coordinator.project();
  const before = hub.seq;
  for (const life of ["the same", "the next", "the one after"]) {
    if (life !== "the same") s = await s.restart();
    const again = [await complete(tokens.done), await fail(tokens.failed)];
    expect(
      again.map(({ status, body }) => [status, body.status]),
      life,
    ).toEqual(first.map(({ status, body }) => [status, body.status]));
    // With another token, or with another outcome, it is not the same report.
    expect((await complete(tokens.failed)).body.code, life).toBe("stale_fencing_token");
    expect((await fail(tokens.done)).body.code, life).toBe("stale_fencing_token");
  }
  const moved = await s.call("read", `/api/projects/${s.server.coordinator.project().id}/audit?after=${before}`);
  expect(
    moved.body.rows.filter(({ from, to }: { from: string; to: string }) => from !== to && to !== "running"),
  ).toEqual([]);
});
