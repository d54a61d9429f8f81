/**
 * Goal: whoever has only the OpenAPI document can work with a coordinator.
 * Method: tools that know nothing of signalbox: one that validates the document, one that makes a client of it while it runs.
 */
import { Validator } from "@seriousme/openapi-schema-validator";
import { OpenAPIClientAxios } from "openapi-client-axios";
import { expect, test } from "vitest";
import { served } from "../support/served.ts";

test("the document validates with an independent tool as OpenAPI 3.1", async () => {
  const s = await served();
  const { body } = await s.call(undefined, "/openapi.json");
  expect(body.servers).toEqual([{ url: s.server.url }]);
  const validator = new Validator();
  expect(await validator.validate(body)).toEqual({ valid: true });
  expect(validator.version).toBe("3.1");
});

test("a client made from the document creates, claims, keeps and completes an item, and gets problems as they are described", async () => {
  const s = await served();
  const api = new OpenAPIClientAxios({
    definition: `${s.server.url}/openapi.json`,
    axiosConfigDefaults: {
      headers: { Authorization: `Bearer ${s.server.tokens.plan}` },
      validateStatus: () => true,
    },
  });
  const client = await api.init();
  const call = (operation: string, path: object | undefined, body?: object) =>
    client[operation]!(path as never, body) as Promise<{ status: number; data: ReturnType<typeof JSON.parse> }>;
  const created = await call("post_work_items", undefined, { title: "From the document" });
  expect(created).toMatchObject({ status: 201, data: { title: "From the document", status: "todo" } });
  const { id } = created.data;
  const claim = await call("post_work_items_claim", { id }, { agent_id: "generated" });
  expect(claim).toMatchObject({ status: 200, data: { item: { id, status: "claimed" } } });
  const { fencing_token } = claim.data;
  expect((await call("post_work_items_heartbeat", { id }, { fencing_token })).status).toBe(200);
  const twice = await call("post_work_items_claim", { id }, { agent_id: "generated" });
  expect(twice).toMatchObject({ status: 409, data: { code: "already_claimed" } });
  const report = { fencing_token, result_summary: "done", files_modified: [] };
  expect((await call("post_work_items_complete", { id }, report)).data.status).toBe("done");
  expect((await call("get_projects_progress", { id: "default" })).data).toMatchObject({ total: 1, done: 1 });
});
