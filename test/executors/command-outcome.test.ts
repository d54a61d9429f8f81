import { expect, test } from "vitest";
import { refusal } from "../../src/executors/command-outcome.ts";

const refused = { kind: "refused", id: 1, stage: "shell", problem: "it says why" } as const;

test.each([
  ["EAGAIN", "Allow more processes (`ulimit -u`), or fewer live items"],
  ["EMFILE", "Allow more open files (`ulimit -n`), or fewer live items"],
  ["ENFILE", "Allow more open files (`ulimit -n`), or fewer live items"],
  ["ENOMEM", "Allow more memory, or fewer live items"],
])("what has run out may be there at the next attempt: %s", (code, advice) => {
  const message = expect.stringContaining(`it says why. ${advice}`);
  expect(refusal({ ...refused, code }, "/")).toMatchObject({ retryable: true, reason: { message } });
});

test.each(["E2BIG", "ENOENT", undefined])("no shell is not tried again: %s", (code) => {
  const reason = { code: "spawn_failed", message: "/bin/sh could not be started: it says why" };
  expect(refusal({ ...refused, code }, "/")).toEqual({ kind: "failed", retryable: false, reason });
});
