/** Goal: messages to a runner arrive whole, in whatever pieces the system hands them over. */
import { fc, test as property } from "@fast-check/vitest";
import { expect, test } from "vitest";
import { RequestReader } from "../../src/executors/request-reader.ts";
import {
  endRequest,
  environmentRequest,
  parseReport,
  startRequest,
  type StartRequest,
} from "../../src/executors/runner-protocol.ts";

const text = fc.string({ unit: "grapheme" }).map((value) => value.replaceAll("\0", ""));
const word = fc.stringMatching(/^[A-Za-z_]\w{0,9}$/);
const start: fc.Arbitrary<StartRequest> = fc.record({
  id: fc.nat(),
  folder: text,
  log: text,
  output: text,
  inputs: text,
  inputsText: text,
  command: text,
  variables: fc.array(fc.tuple(word, text).map((pair) => pair.join("="))),
});
const environment = fc.dictionary(word, text, { minKeys: 1, noNullPrototype: true });
const message = fc.oneof(start, environment, fc.record({ end: fc.nat(), graceMs: fc.nat() }));

property.prop([fc.array(message), fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 })])(
  "any messages in any pieces",
  (messages, sizes) => {
    const data = Buffer.from(
      messages
        .map((each) =>
          "command" in each
            ? startRequest(each as StartRequest)
            : "end" in each && typeof each.end === "number"
              ? endRequest(each.end, (each as { graceMs: number }).graceMs)
              : environmentRequest(new Map(Object.entries(each as Record<string, string>))),
        )
        .join(""),
    );
    const seen: unknown[] = [];
    const reader = new RequestReader({
      start: (request) => seen.push(request),
      environment: (variables) => seen.push({ ...variables }),
      end: (end, graceMs) => seen.push({ end, graceMs }),
    });
    for (let at = 0, i = 0; at < data.length; i++) {
      const size = sizes[i % sizes.length]!;
      reader.take(data.subarray(at, at + size));
      at += size;
    }
    expect(seen).toEqual(messages);
  },
);

test("reports are taken apart; what is none of ours is not one", () => {
  expect(parseReport("R")).toEqual({ kind: "ready" });
  expect(parseReport("S 3 4711")).toEqual({ kind: "started", id: 3, pid: 4711 });
  expect(parseReport("F 3 folder 2 No such file or directory")).toEqual({
    kind: "refused",
    id: 3,
    stage: "folder",
    code: "ENOENT",
    problem: "No such file or directory",
  });
  expect(parseReport("F 3 folder 0 Not a directory")).toMatchObject({ code: undefined, problem: "Not a directory" });
  expect(parseReport("X 3 256 -1 12 2")).toEqual({
    kind: "over",
    id: 3,
    status: 256,
    outputBytes: -1,
    logBytes: 12,
    flags: 2,
  });
  expect(parseReport("perl: warning: setting locale failed")).toBeUndefined();
});
