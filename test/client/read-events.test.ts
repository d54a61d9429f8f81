/**
 * Goal: what a stream holds does not depend on how the network cuts it. Method: one stream in every kind of pieces.
 */
import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { readEvents, type StreamFrame } from "../../src/client/read-events.ts";
import { nodeEnv } from "../../src/base/node-env.ts";

const text = [
  ": a comment",
  "",
  "id: 1\r",
  "event: item.done\r",
  'data: {"a":"ü𝄞"}\r',
  "\r",
  "data:no space",
  "data:  two of them",
  "unknown: field",
  "data",
  "",
  "id: 2",
  "",
  "id: 3",
  "data: last",
  "",
  "data: never ended",
].join("\n");

const frames: readonly StreamFrame[] = [
  { id: "1", data: '{"a":"ü𝄞"}' },
  { id: "1", data: "no space\n two of them\n" },
  { id: "3", data: "last" },
];

test.prop([fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 60 })], { numRuns: 100 })(
  "any pieces give the same events",
  async (sizes) => {
    const bytes = new TextEncoder().encode(text);
    const pieces: Uint8Array[] = [];
    for (let at = 0, n = 0; at < bytes.length; n++) {
      const size = sizes[n % sizes.length]!;
      pieces.push(bytes.subarray(at, at + size));
      at += size;
    }
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        const next = pieces.shift();
        if (next === undefined) controller.close();
        else controller.enqueue(next);
      },
    });
    const read: StreamFrame[] = [];
    for await (const frame of readEvents(body, { env: nodeEnv(), silenceMs: 60_000 })) read.push(frame);
    expect(read).toEqual(frames);
  },
);
