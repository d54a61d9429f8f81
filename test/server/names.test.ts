/** Which item a word in a path means, and who an entry of the log says it was. */
import { expect, test } from "vitest";
import { create, served } from "../support/served.ts";

test("S4-04: nobody claims or leaves a note under a name that the log has for Signalbox and its user", async () => {
  const s = await served();
  const { id } = await create(s, { title: "a" });
  for (const agent_id of ["user", "recovery", "engine", "local", "cli", "signal", " ", "ada "]) {
    const refused = { status: 400, body: { code: "invalid_request" } };
    expect(await s.call("worker", `/api/work-items/${id}/claim`, { agent_id }), agent_id).toMatchObject(refused);
    expect(await s.call("worker", "/api/work-items/claim-next", { agent_id }), agent_id).toMatchObject(refused);
    expect(await s.call("worker", `/api/work-items/${id}/notes`, { agent_id, note: "x" }), agent_id).toMatchObject(
      refused,
    );
  }
  expect((await s.call("read", `/api/projects/default/audit?item=${id}`)).body.rows).toHaveLength(1);
});

test("a key means an item of the default project only; that of another project goes by its id", async () => {
  const s = await served();
  const { id: project_id } = (await s.call("admin", "/api/projects", { name: "two" })).body;
  const other = await create(s, { project_id, key: "deploy", title: "theirs" });
  expect((await s.call("plan", "/api/work-items/deploy/cancel", {})).body.code).toBe("not_found");
  const ours = await create(s, { key: "deploy", title: "ours" });
  expect((await s.call("read", "/api/work-items/deploy")).body.id).toBe(ours.id);
  expect((await s.call("read", `/api/work-items/${other.id}`)).body.title).toBe("theirs");
});

test("an id is the id of its item, though another project has an item with that word as its key", async () => {
  const s = await served();
  const { id: project_id } = (await s.call("admin", "/api/projects", { name: "two" })).body;
  const other = await create(s, { project_id, title: "theirs" });
  await create(s, { key: other.id, title: "shadow" });
  expect((await s.call("plan", `/api/work-items/${other.id}/cancel`, {})).body.title).toBe("theirs");
});
