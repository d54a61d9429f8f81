/** S4-10 over HTTP: who has which files in hand, told to both sides or refused, at every moment. */
import { describe, expect, test } from "vitest";
import { create, served, type Reply, type Served } from "../support/served.ts";

const claim = (s: Served, id: string, body: object): Promise<Reply> =>
  s.call("worker", `/api/work-items/${id}/claim`, { agent_id: "ada", ...body });

const beat = (s: Served, id: string, { body }: Reply, more: object = {}): Promise<Reply> =>
  s.call("worker", `/api/work-items/${id}/heartbeat`, { fencing_token: body.fencing_token, ...more });

const holders = (reply: Reply): string[] => {
  const { conflicts = reply.body } = reply.body as { conflicts?: { agent_id: string }[] };
  return conflicts.map(({ agent_id }: { agent_id: string }) => agent_id);
};

const asked = async (s: Served, ...files: string[]): Promise<string[]> =>
  holders(await s.call("read", "/api/conflicts", { files }));

describe("what a claim names", () => {
  test("S4-10: patterns that a claim names are patterns, for whoever comes later", async () => {
    const s = await served();
    const a = await create(s, { title: "a" });
    const b = await create(s, { title: "b", files: ["src/x.ts"] });
    await claim(s, a.id, { files: ["src/**"] });
    expect(holders(await claim(s, b.id, { agent_id: "bob" }))).toEqual(["ada"]);
    expect(await asked(s, "src/z.ts")).toEqual(["ada"]);
  });

  test("S4-10: files of the claim come beside those of the item, and take none of them away", async () => {
    const s = await served();
    const a = await create(s, { title: "a" });
    const b = await create(s, { title: "b", files: ["lib/**"] });
    await claim(s, a.id, { files: ["lib/a.ts"] });
    expect(holders(await claim(s, b.id, { agent_id: "bob", files: ["other.ts"] }))).toEqual(["ada"]);
    expect(await asked(s, "other.ts")).toEqual(["bob"]);
    expect(await asked(s, "lib/b.ts")).toEqual(["bob"]);
  });

  test("S4-10: a pattern that is none is a 400, and nothing is claimed", async () => {
    const s = await served();
    const a = await create(s, { title: "a" });
    expect(await claim(s, a.id, { files: ["../x"] })).toMatchObject({ status: 400, body: { code: "invalid_request" } });
    expect((await s.call("read", `/api/work-items/${a.id}`)).body.status).toBe("todo");
  });

  test("S4-10: names that differ in upper and lower case are one file, as the schedule has it", async () => {
    const s = await served();
    const a = await create(s, { title: "a" });
    await claim(s, a.id, { files: ["Src/Page.ts"] });
    expect(await asked(s, "src/page.ts")).toEqual(["ada"]);
  });
});

describe("both sides", () => {
  test("S4-10: who was first hears of a later one with the next sign of life, also of one without files", async () => {
    const s = await served();
    const a = await create(s, { title: "a", files: ["src/**"] });
    const b = await create(s, { title: "b" });
    const held = await claim(s, a.id, {});
    expect(holders(await beat(s, a.id, held))).toEqual([]);
    await claim(s, b.id, { agent_id: "bob", files: ["src/b.ts"] });
    expect(holders(await beat(s, a.id, held))).toEqual(["bob"]);
    expect(holders(await beat(s, a.id, held, { files: ["docs/x.md"] }))).toEqual(["bob"]);
  });

  test("S4-10: two claims of one moment name each other's holder, not somebody else", async () => {
    const s = await served();
    const [a, b] = [
      await create(s, { title: "a", files: ["z/**"] }),
      await create(s, { title: "b", files: ["z/b.ts"] }),
    ];
    const both = await Promise.all([claim(s, a.id, {}), claim(s, b.id, { agent_id: "bob" })]);
    expect(both.flatMap(holders).filter((name) => name !== "ada" && name !== "bob")).toEqual([]);
    expect(both.flatMap(holders)).toHaveLength(1);
  });

  test("S4-10: an item that ends and is claimed again in one moment keeps the files of the new claim", async () => {
    const s = await served();
    const a = await create(s, { title: "a" });
    const held = await claim(s, a.id, { files: ["old.ts"] });
    const release = s.call("worker", `/api/work-items/${a.id}/release`, { fencing_token: held.body.fencing_token });
    const again = claim(s, a.id, { agent_id: "bob", files: ["new.ts"] });
    expect([(await release).status, (await again).status]).toEqual([200, 200]);
    expect([await asked(s, "new.ts"), await asked(s, "old.ts")]).toEqual([["bob"], []]);
  });

  test("S4-10: claim, observed and declared files are in hand after a restart, with their holders", async () => {
    const s = await served();
    const a = await create(s, { title: "a", files: ["declared.ts"] });
    const held = await claim(s, a.id, { files: ["named/**"] });
    await beat(s, a.id, held, { files: ["seen.ts"] });
    await beat(s, a.id, held, { files: ["seen-later.ts"], note: "half way" });
    const after = await s.restart();
    for (const file of ["declared.ts", "named/x.ts", "seen.ts", "seen-later.ts"])
      expect(await asked(after, file), file).toEqual(["ada"]);
    await after.call("worker", `/api/work-items/${a.id}/release`, { fencing_token: held.body.fencing_token });
    expect(await asked(after, "declared.ts", "named/x.ts", "seen.ts")).toEqual([]);
  });

  test("S4-10: so they are when the log was compacted before, as long as the claim goes on", async () => {
    const s = await served();
    const a = await create(s, { title: "a" });
    const held = await claim(s, a.id, { files: ["named/**"] });
    await beat(s, a.id, held, { files: ["seen.ts"] });
    await beat(s, a.id, held, { files: ["seen-later.ts"] });
    for (const progress of [0.1, 0.2, 0.3]) await beat(s, a.id, held, { progress });
    const { coordinator } = s.server;
    const { removed } = await coordinator.compact(coordinator.project(), {
      upTo: coordinator.project().hub.seq,
      exportTo: false,
    });
    await beat(s, a.id, held, { files: ["seen-last.ts"] });
    const after = await s.restart();
    expect(removed).toBeGreaterThan(0);
    for (const file of ["named/x.ts", "seen.ts", "seen-later.ts", "seen-last.ts"])
      expect(await asked(after, file), file).toEqual(["ada"]);
  });

  test("S4-10: one claim may name so many files and no more; the sign of life is refused whole", async () => {
    const s = await served();
    const a = await create(s, { title: "a" });
    const held = await claim(s, a.id, {});
    const named = (from: number): string[] => Array.from({ length: 10_000 }, (_, n) => `src/${from + n}.ts`);
    expect((await beat(s, a.id, held, { files: named(0) })).status).toBe(200);
    expect((await beat(s, a.id, held, { files: named(10_000) })).status).toBe(200);
    expect((await beat(s, a.id, held, { files: named(10_000) })).status).toBe(200);
    const more = await beat(s, a.id, held, { files: ["one-more.ts"] });
    expect(more).toMatchObject({ status: 413, body: { code: "too_large" } });
    expect(await asked(s, "one-more.ts")).toEqual([]);
    expect((await beat(s, a.id, held, { files: ["src/1.ts"] })).status).toBe(200);
  });
});

describe("under `refuse`", () => {
  const strict = async (s: Served): Promise<string> =>
    (await s.call("admin", "/api/projects", { name: "strict", conflicts: "refuse" })).body.id;

  test("S4-10: files that a claim named and a holder touched are refused to others, whatever they say of their own", async () => {
    const s = await served();
    const project_id = await strict(s);
    const a = await create(s, { project_id, title: "a" });
    const named = await create(s, { project_id, title: "named", files: ["src/b.ts"] });
    const seen = await create(s, { project_id, title: "seen", files: ["docs/c.md"] });
    const held = await claim(s, a.id, { files: ["src/**"] });
    await beat(s, a.id, held, { files: ["docs/c.md"] });
    for (const { id } of [named, seen])
      for (const more of [{}, { files: [] }, { files: ["free.ts"] }])
        expect(await claim(s, id, { agent_id: "bob", ...more })).toMatchObject({
          status: 409,
          body: { code: "file_conflict", conflicts: [{ work_item_id: a.id, agent_id: "ada" }] },
        });
  });

  test("S4-10: claim-next passes over what others have in hand, and whoever waits gets it when they are done", async () => {
    const s = await served();
    const project_id = await strict(s);
    const a = await create(s, { project_id, title: "a" });
    const held = await claim(s, a.id, { files: ["src/**"] });
    const b = await create(s, { project_id, title: "b", priority: 0, files: ["src/b.ts"] });
    const c = await create(s, { project_id, title: "c" });
    const next = (body: object): Promise<Reply> =>
      s.call("worker", "/api/work-items/claim-next", { project_id, agent_id: "bob", ...body });
    expect((await next({})).body.item.id).toBe(c.id);
    expect((await next({})).status).toBe(204);
    const waiting = next({ wait_ms: 10_000 });
    await s.call("worker", `/api/work-items/${a.id}/complete`, {
      fencing_token: held.body.fencing_token,
      result_summary: "",
      files_modified: [],
    });
    expect((await waiting).body.item.id).toBe(b.id);
  });
});
