/**
 * Goal: agents that create, claim, complete and fail work items over HTTP get what the contract says, and nothing that was
 * acknowledged is lost over a restart. Method: a real server on a port with a real SQLite journal; S4-15, then the edges of each route.
 */
import { describe, expect, test } from "vitest";
import { create, served } from "../support/served.ts";

const ada = { agent_id: "ada" };

describe("S4-15", () => {
  test("create: every column of S4-07, with its default", async () => {
    const s = await served();
    const item = await create(s, { title: "Write the page" });
    const [project] = (await s.call("read", "/api/projects")).body;
    expect(item).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
      key: "item-1",
      project_id: project.id,
      run_id: project.id,
      parent_item_id: null,
      title: "Write the page",
      description: null,
      task_type: null,
      status: "todo",
      ready: true,
      blocked_by: [],
      priority: 5,
      assigned_agent_id: null,
      assigned_at: null,
      lease_expires_at: null,
      attempt: 0,
      attempts_max: 1,
      files: [],
      files_modified: [],
      dependencies: [],
      estimated_hours: null,
      result_summary: null,
      failure_reason: null,
      stage: null,
      created_at: expect.stringMatching(/Z$/),
      updated_at: expect.stringMatching(/Z$/),
      completed_at: null,
      metadata: {},
      seq: expect.any(Number),
    });
    expect((await s.call("read", `/api/work-items/${item.id}`)).body).toEqual(item);
    expect((await s.call("read", "/api/work-items/item-1")).body).toEqual(item);
    const full = {
      title: "t",
      description: "d",
      task_type: "bug",
      priority: 1,
      files: ["src/**"],
      attempts_max: 3,
      estimated_hours: 1.5,
      metadata: { a: [1, { b: null }] },
    };
    expect(await create(s, { ...full, key: "full", dependencies: [item.id] })).toMatchObject({
      ...full,
      key: "full",
      dependencies: [item.id],
      ready: false,
      blocked_by: [item.id],
    });
  });

  test("claim: one holder; the second one, and the same name again, get 409", async () => {
    const s = await served();
    const { id } = await create(s, { title: "a" });
    const claim = await s.call("worker", `/api/work-items/${id}/claim`, ada);
    expect(claim).toMatchObject({
      status: 200,
      body: {
        item: { status: "claimed", assigned_agent_id: "ada", attempt: 1 },
        fencing_token: expect.any(Number),
        inputs: {},
        conflicts: [],
      },
    });
    for (const agent_id of ["ada", "bob"])
      expect((await s.call("worker", `/api/work-items/${id}/claim`, { agent_id })).body.code).toBe("already_claimed");
    expect((await s.call("worker", "/api/work-items/nothing/claim", ada)).body.code).toBe("not_found");
  });

  test("complete: summary and files are kept; twice with one token is once; another token is stale", async () => {
    const s = await served();
    const { id } = await create(s, { title: "a" });
    expect(
      (
        await s.call("worker", `/api/work-items/${id}/complete`, {
          fencing_token: 5,
          result_summary: "",
          files_modified: [],
        })
      ).body.code,
    ).toBe("not_claimed");
    expect((await s.call("worker", `/api/work-items/${id}/heartbeat`, { fencing_token: 5 })).body.code).toBe(
      "not_claimed",
    );
    const { fencing_token } = (await s.call("worker", `/api/work-items/${id}/claim`, ada)).body;
    const report = { fencing_token, result_summary: "done it", files_modified: ["a.ts"], output: { n: 1 } };
    const stale = await s.call("worker", `/api/work-items/${id}/complete`, { ...report, fencing_token: 999 });
    expect(stale).toMatchObject({ status: 409, body: { code: "stale_fencing_token" } });
    // It would be all that somebody late needs to go on.
    expect(JSON.stringify(stale.body).replace("999", "")).not.toMatch(new RegExp(`\\b${fencing_token}\\b`));
    const done = await s.call("worker", `/api/work-items/${id}/complete`, report);
    expect(done).toMatchObject({
      status: 200,
      body: {
        status: "done",
        result_summary: "done it",
        files_modified: ["a.ts"],
        assigned_agent_id: null,
        completed_at: expect.any(String),
      },
    });
    expect((await s.call("worker", `/api/work-items/${id}/complete`, report)).body).toMatchObject({
      status: "done",
      seq: done.body.seq,
    });
    expect((await s.call("worker", `/api/work-items/${id}/claim`, ada)).body.code).toBe("already_settled");
  });

  test("fail and requeue: by itself while attempts are left, by a person afterwards", async () => {
    const s = await served();
    const { id } = await create(s, { title: "a", attempts_max: 2 });
    for (const [attempt, status] of [
      [1, "todo"],
      [2, "failed"],
    ] as const) {
      const { fencing_token } = (await s.call("worker", `/api/work-items/${id}/claim`, ada)).body;
      const failed = await s.call("worker", `/api/work-items/${id}/fail`, {
        fencing_token,
        failure_reason: `no ${attempt}`,
      });
      expect(failed.body).toMatchObject({ status, attempt, failure_reason: `no ${attempt}` });
    }
    expect((await s.call("plan", `/api/work-items/${id}/requeue`, {})).body).toMatchObject({
      status: "todo",
      ready: true,
    });
    expect((await s.call("plan", `/api/work-items/${id}/requeue`, {})).body.code).toBe("not_ready");
    const { fencing_token } = (await s.call("worker", `/api/work-items/${id}/claim`, ada)).body;
    expect(
      (
        await s.call("worker", `/api/work-items/${id}/fail`, {
          fencing_token,
          failure_reason: "never",
          retryable: false,
        })
      ).body.status,
    ).toBe("failed");
  });

  test("conflicts: declared and observed files of claimed items, told to both sides", async () => {
    const s = await served();
    const a = await create(s, { title: "a", files: ["src/a/**"] });
    const b = await create(s, { title: "b", files: ["docs/**"] });
    await create(s, { title: "idle", files: ["src/**"] });
    const claimA = (await s.call("worker", `/api/work-items/${a.id}/claim`, ada)).body;
    const claimB = (await s.call("worker", `/api/work-items/${b.id}/claim`, { agent_id: "bob" })).body;
    expect([claimA.conflicts, claimB.conflicts]).toEqual([[], []]);
    const beat = await s.call("worker", `/api/work-items/${b.id}/heartbeat`, {
      fencing_token: claimB.fencing_token,
      files: ["src/a/x.ts"],
    });
    expect(beat.body.conflicts).toEqual([{ work_item_id: a.id, agent_id: "ada", conflicting_files: ["src/a/**"] }]);
    const other = await s.call("worker", `/api/work-items/${a.id}/heartbeat`, {
      fencing_token: claimA.fencing_token,
      files: ["src/a/y.ts", "src/a/x.ts"],
    });
    expect(other.body.conflicts).toEqual([{ work_item_id: b.id, agent_id: "bob", conflicting_files: ["src/a/x.ts"] }]);
    expect((await s.call("read", "/api/conflicts", { files: ["docs/x.md"] })).body).toEqual([
      { work_item_id: b.id, agent_id: "bob", conflicting_files: ["docs/**"] },
    ]);
    await s.call("worker", `/api/work-items/${b.id}/release`, { fencing_token: claimB.fencing_token });
    expect((await s.call("read", "/api/conflicts", { files: ["docs/x.md"] })).body).toEqual([]);
  });

  test("progress: counts of one version; a parent has those of what is below it by its key", async () => {
    const s = await served();
    const parent = await create(s, { title: "parent" });
    const child = await create(s, { title: "child", parent_item_id: parent.id });
    expect(child).toMatchObject({ key: "item-1.2", parent_item_id: parent.id });
    const { fencing_token } = (await s.call("worker", `/api/work-items/${child.id}/claim`, ada)).body;
    const [project] = (await s.call("read", "/api/projects")).body;
    expect((await s.call("read", `/api/projects/${project.id}/progress`)).body).toMatchObject({
      total: 2,
      todo: 1,
      ready: 1,
      claimed: 1,
      done: 0,
    });
    await s.call("worker", `/api/work-items/${child.id}/complete`, {
      fencing_token,
      result_summary: "",
      files_modified: [],
    });
    expect((await s.call("read", `/api/projects/${project.id}/progress`)).body).toMatchObject({ total: 2, done: 1 });
    expect((await s.call("read", `/api/work-items?parent_item_id=${parent.id}`)).body.items).toMatchObject([
      { key: child.key },
    ]);
    await create(s, { title: "grandchild", parent_item_id: child.id, dependencies: [parent.id] });
    const below = (id: string) => s.call("read", `/api/projects/default/progress?parent_item_id=${id}`);
    expect((await below(parent.id)).body).toMatchObject({ total: 2, done: 1, todo: 1, ready: 0, blocked: 1 });
    expect((await below(child.id)).body).toMatchObject({ total: 1, done: 0, blocked: 1 });
    expect((await below(parent.id.replace(/1$/, "f"))).body.code).toBe("not_found");
  });

  test("dependencies gate claims, and hand on what came out", async () => {
    const s = await served();
    const a = await create(s, { title: "a", key: "a" });
    const b = await create(s, { title: "b", dependencies: ["a"] });
    const refused = await s.call("worker", `/api/work-items/${b.id}/claim`, ada);
    expect(refused).toMatchObject({ status: 409, body: { code: "not_ready", detail: expect.stringContaining("a") } });
    expect((await s.call("read", `/api/work-items/${b.id}/why`)).body).toMatchObject({
      state: "waiting",
      in_words: expect.stringContaining("a"),
    });
    const { fencing_token } = (await s.call("worker", `/api/work-items/${a.id}/claim`, ada)).body;
    await s.call("worker", `/api/work-items/${a.id}/complete`, {
      fencing_token,
      result_summary: "sum",
      files_modified: [],
      output: 7,
    });
    const claim = await s.call("worker", `/api/work-items/${b.id}/claim`, ada);
    expect(claim.body.inputs).toEqual({ a: { result_summary: "sum", files_modified: [], output: 7 } });
    const unknown = await s.call("plan", "/api/work-items", { title: "c", dependencies: ["nothing"] });
    expect([unknown.status, unknown.body.code]).toEqual([422, "invalid_dependency"]);
  });
});

describe("claim-next", () => {
  test("gives what should go first, waits for something to come, and says 204 when nothing did", async () => {
    const s = await served();
    await create(s, { title: "later" });
    const first = await create(s, { title: "first", priority: 0 });
    await create(s, { title: "docs", task_type: "docs", priority: 9 });
    const next = (body: object) => s.call("worker", "/api/work-items/claim-next", { ...ada, ...body });
    expect((await next({})).body.item.id).toBe(first.id);
    expect((await next({ task_types: ["docs"] })).body.item.title).toBe("docs");
    expect((await next({ task_types: ["bug"] })).status).toBe(204);
    const waiting = next({ task_types: ["bug"], wait_ms: 10_000 });
    await create(s, { title: "a bug", task_type: "bug" });
    const waited = await waiting;
    expect([waited.status, waited.body]).toMatchObject([200, { item: { title: "a bug" } }]);
  });
});

describe("restart", () => {
  test("everything is as it was; who held an item still does, and reports with the same token", async () => {
    let s = await served();
    const a = await create(s, { title: "a", files: ["x"], metadata: { k: 1 } });
    const b = await create(s, { title: "b", dependencies: [a.id] });
    const { fencing_token } = (await s.call("worker", `/api/work-items/${a.id}/claim`, ada)).body;
    const before = (await s.call("read", `/api/work-items/${a.id}`)).body;
    s = await s.restart();
    const {
      lease_expires_at: _,
      updated_at: __,
      seq: ___,
      ...after
    } = (await s.call("read", `/api/work-items/${a.id}`)).body;
    expect(before).toMatchObject(after);
    expect((await s.call("read", "/api/conflicts", { files: ["x"] })).body).toMatchObject([
      { work_item_id: a.id, agent_id: "ada" },
    ]);
    const done = await s.call("worker", `/api/work-items/${a.id}/complete`, {
      fencing_token,
      result_summary: "",
      files_modified: [],
    });
    expect(done.body.status).toBe("done");
    expect((await s.call("worker", `/api/work-items/${b.id}/claim`, ada)).status).toBe(200);
    expect(s.problems).toEqual([]);
  });
});

describe("reading", () => {
  test("lists by state, agent, words, and in pages; an ETag spares the body, an old If-Match is refused", async () => {
    const s = await served();
    for (const n of [1, 2, 3, 4, 5]) await create(s, { title: `Thing ${n}` });
    const page = (await s.call("read", "/api/work-items?limit=2")).body;
    expect(page.items.map(({ title }: { title: string }) => title)).toEqual(["Thing 1", "Thing 2"]);
    const rest = (await s.call("read", `/api/work-items?limit=10&cursor=${page.next_cursor}`)).body;
    expect([rest.items.length, rest.next_cursor]).toEqual([3, null]);
    expect((await s.call("read", "/api/work-items?q=thing%204")).body.items).toHaveLength(1);
    expect((await s.call("read", "/api/work-items?status=done")).body.items).toEqual([]);
    const got = await s.call("read", "/api/work-items/item-1");
    const tag = got.headers.get("etag")!;
    for (const known of [tag, `W/${tag}`, `"0", ${tag}`, "*"])
      expect((await s.call("read", "/api/work-items/item-1", undefined, { "if-none-match": known })).status).toBe(304);
    expect((await s.call("read", "/api/work-items/item-1", undefined, { "if-none-match": '"0"' })).status).toBe(200);
    const seen = { "if-match": '"0"' };
    expect((await s.call("worker", "/api/work-items/item-1/claim", ada, seen)).body.code).toBe("precondition_failed");
    await s.call("worker", "/api/work-items/item-1/claim", ada, { "if-match": tag });
    expect((await s.call("read", "/api/work-items?status=claimed&agent_id=ada")).body.items).toHaveLength(1);
    const late = await s.call("plan", "/api/work-items/item-1/cancel", {}, { "if-match": tag });
    expect([late.status, late.body.code]).toEqual([412, "precondition_failed"]);
    expect((await s.call("plan", "/api/work-items/item-1/cancel", { reason: "not needed" })).body.status).toBe(
      "cancelled",
    );
  });

  test("K2: picture, progress, audit log and list are of one version; an earlier one can be asked for", async () => {
    const s = await served();
    const [{ id }] = (await s.call("read", "/api/projects")).body;
    const a = await create(s, { title: "a" });
    await s.call("worker", `/api/work-items/${a.id}/claim`, ada);
    await create(s, { title: "b" });
    const picture = (await s.call("read", `/api/projects/${id}/snapshot`)).body;
    const { rows, seq } = (await s.call("read", `/api/projects/${id}/audit`)).body;
    expect([picture.seq, picture.progress.seq, rows.at(-1).seq]).toEqual([seq, seq, seq]);
    expect(rows.map((row: { seq: number }) => row.seq)).toEqual(rows.map((_: unknown, n: number) => n + 1));
    const earlier = (await s.call("read", `/api/projects/${id}/snapshot?at=${a.seq}`)).body;
    expect(earlier).toMatchObject({
      seq: a.seq,
      progress: { total: 1, claimed: 0 },
      items: [{ key: a.key, status: "todo", seq: a.seq }],
    });
    expect((await s.call("read", `/api/projects/${id}/snapshot?at=${seq + 1}`)).body.code).toBe("not_found");
  });

  test("notes stand in the log; a holder who was cancelled hears of it", async () => {
    const s = await served();
    const [{ id }] = (await s.call("read", "/api/projects")).body;
    const a = await create(s, { title: "a" });
    const { fencing_token } = (await s.call("worker", `/api/work-items/${a.id}/claim`, ada)).body;
    await s.call("worker", `/api/work-items/${a.id}/notes`, { agent_id: "bob", note: "mind the gap" });
    const { rows } = (await s.call("read", `/api/projects/${id}/audit`)).body;
    expect(rows.at(-1)).toMatchObject({ event: "item.note", item: a.key, actor: "bob", note: "mind the gap" });
    await s.call("plan", `/api/work-items/${a.id}/cancel`, {});
    expect((await s.call("worker", `/api/work-items/${a.id}/heartbeat`, { fencing_token })).body).toMatchObject({
      cancel_requested: true,
    });
  });
});

describe("projects", () => {
  test("each has items of its own; a plan is loaded whole, or not at all, and never with a command", async () => {
    const s = await served();
    const made = await s.call("admin", "/api/projects", { name: "second", live_items_max: 1, conflicts: "refuse" });
    expect(made).toMatchObject({ status: 201, body: { name: "second", live_items_max: 1, conflicts: "refuse" } });
    const path = `/api/projects/${made.body.id}/plans`;
    expect((await s.call("plan", path, { tasks: { a: {}, b: { needs: ["a"] } } })).body).toMatchObject({
      keys: ["a", "b"],
    });
    for (const task of [{ run: "touch pwned" }, { verify: "x" }, { undo: "x" }, { prepare: "x" }])
      expect((await s.call("plan", path, { tasks: { evil: task } })).body.code).toBe("invalid_plan");
    expect((await s.call("plan", path, { tasks: { c: { needs: ["d"] }, d: { needs: ["c"] } } })).body.code).toBe(
      "dependency_cycle",
    );
    expect((await s.call("plan", path, { tasks: { c: {}, d: { needs: ["nope"] } } })).body.code).toBe("invalid_plan");
    expect((await s.call("read", `/api/work-items?project_id=${made.body.id}`)).body.items).toHaveLength(2);
    expect((await s.call("read", "/api/work-items")).body.items).toHaveLength(0);
    expect((await s.call("worker", "/api/projects", { name: "x" })).body.code).toBe("forbidden_role");
  });

  test("S4-10: under `refuse` a claim of files that others have is a 409 that names them", async () => {
    const s = await served();
    const { id } = (await s.call("admin", "/api/projects", { name: "strict", conflicts: "refuse" })).body;
    const a = await create(s, { project_id: id, title: "a", files: ["src/**"] });
    const b = await create(s, { project_id: id, title: "b", files: ["src/b.ts"] });
    await s.call("worker", `/api/work-items/${a.id}/claim`, ada);
    const refused = await s.call("worker", `/api/work-items/${b.id}/claim`, { agent_id: "bob" });
    expect(refused).toMatchObject({
      status: 409,
      body: {
        code: "file_conflict",
        conflicts: [{ work_item_id: a.id, agent_id: "ada", conflicting_files: ["src/**"] }],
      },
    });
  });

  test("why names the cap that refuses the claim of a ready item", async () => {
    const s = await served();
    const { id } = (await s.call("admin", "/api/projects", { name: "narrow", live_items_max: 1 })).body;
    const a = await create(s, { project_id: id, title: "a" });
    const b = await create(s, { project_id: id, title: "b" });
    await s.call("worker", `/api/work-items/${a.id}/claim`, ada);
    const refused = await s.call("worker", `/api/work-items/${b.id}/claim`, ada);
    expect(refused).toMatchObject({ status: 429, body: { code: "cap_reached" } });
    expect((await s.call("read", `/api/work-items/${b.id}`)).body.ready).toBe(true);
    expect((await s.call("read", `/api/work-items/${b.id}/why`)).body).toMatchObject({
      holds: [{ kind: "claim" }, { kind: "cap", live: 1, max: 1, ahead: 0 }],
      in_words: expect.stringContaining("for a slot: 1 of 1 are taken"),
    });
  });
});
