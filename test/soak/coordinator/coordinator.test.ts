/**
 * Goal and method: those of the campaign in `coordinator.ts`, small. It takes longer than other tests because each of its lives is a
 * start of the real server.
 */
import { expect, test } from "vitest";
import { coordinator } from "./coordinator.ts";

test("I1 I2 I7 I12 I13: histories stay linearizable and nothing acknowledged is lost while the server is killed", async () => {
  const said: string[] = [];
  const { figures, faults } = await coordinator.run({
    size: "small",
    seed: 20_261_121,
    say: (line) => said.push(line),
  });
  expect(faults).toEqual([]);
  expect(figures["kills"]).toBeGreaterThanOrEqual(2);
  expect(figures["acknowledged"]).toBeGreaterThan(250);
  expect(figures["refused"]).toBeGreaterThan(100);
  expect(figures["lost"]).toBeGreaterThan(0);
  expect(figures["repeated"]).toBeGreaterThan(0);
  expect(figures["streams"]).toBeGreaterThan(3);
});
