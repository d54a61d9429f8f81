/**
 * Goal: a tracer gets a span for each request that reaches its route: which one, what came of it, and who caused it.
 * Method: a real server on a port with a small tracer that keeps its spans.
 */
import { describe, expect, test } from "vitest";
import { contextOf } from "../../src/server/traced-routes.ts";
import { RecordingTracer } from "../support/recording-tracer.ts";
import { create, served } from "../support/served.ts";

const CAUSE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

test("requests and attempts have spans; a refusal says its code, and the cause is the one that traceparent names", async () => {
  const tracer = new RecordingTracer();
  const s = await served({ tracer });
  const { id } = await create(s, { title: "a" });
  const { body: claim } = await s.call(
    "worker",
    `/api/work-items/${id}/claim`,
    { agent_id: "ada" },
    { traceparent: CAUSE },
  );
  await s.call("worker", `/api/work-items/${id}/claim`, { agent_id: "bob" });
  await s.call("worker", "/api/work-items/nope");
  await s.call(undefined, `/api/work-items/${id}`);
  const report = { fencing_token: claim.fencing_token, result_summary: "", files_modified: [] };
  await s.call("worker", `/api/work-items/${id}/complete`, report);
  await s.restart();
  const requests = tracer.spans.filter(({ options }) => options.kind === 1);
  expect(
    requests.map(({ name, attributes, ends }) => [
      name,
      attributes["http.response.status_code"],
      attributes["error.type"],
      ends.length,
    ]),
  ).toEqual([
    ["POST /api/work-items", 201, undefined, 1],
    ["POST /api/work-items/{id}/claim", 200, undefined, 1],
    ["POST /api/work-items/{id}/claim", 409, "already_claimed", 1],
    ["GET /api/work-items/{id}", 404, "not_found", 1],
    ["POST /api/work-items/{id}/complete", 200, undefined, 1],
  ]);
  expect(requests[1]?.options.links).toEqual([
    {
      context: {
        traceId: "0af7651916cd43dd8448eb211c80319c",
        spanId: "b7ad6b7169203331",
        traceFlags: 1,
        isRemote: true,
      },
    },
  ]);
  expect(requests[2]?.options.links).toBeUndefined();
  expect(tracer.named("attempt")).toMatchObject([
    { attributes: { "signalbox.item.id": id, "signalbox.item.holder": "ada", "signalbox.item.status": "done" } },
  ]);
  expect(s.problems).toEqual([]);
});

test("a tracer that throws is told of, and requests are answered", async () => {
  const tracer = {
    startSpan: () => {
      throw new Error("no collector");
    },
    startActiveSpan: () => {
      throw new Error("no collector");
    },
  };
  const s = await served({ tracer });
  const { id } = await create(s, { title: "a" });
  expect((await s.call("worker", `/api/work-items/${id}/claim`, { agent_id: "ada" })).status).toBe(200);
  expect(s.problems.map(({ message }) => message)).toEqual([
    "the tracer threw and is not called any more",
    "the tracer threw and is not called any more",
  ]);
});

describe("traceparent", () => {
  test.each([
    ["an unknown version", CAUSE.replace("00-", "01-")],
    ["no trace", CAUSE.replace(/[0-9a-f]{32}/, "0".repeat(32))],
    ["no span", CAUSE.replace(/-[0-9a-f]{16}-/, `-${"0".repeat(16)}-`)],
    ["upper case", CAUSE.toUpperCase()],
    ["more behind it", `${CAUSE}-x`],
    ["nothing", ""],
    ["something else", "x".repeat(16_000)],
  ])("with %s names nobody", (_, header) => {
    expect(contextOf(header)).toBeUndefined();
  });
});
