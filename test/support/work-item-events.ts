import type { WorkItemEvent, WorkItemInput } from "../../machines/work-item.ts";

const TOKENS = [1, 2, 3];
const reason = { code: "broken", message: "exit 1" };

const withToken = (token: number): WorkItemEvent[] => [
  { type: "claim", holder: `holder-${token}`, token },
  { type: "claim", holder: `holder-${token}`, token, leaseMs: 50 },
  { type: "heartbeat", token },
  { type: "heartbeat", token, leaseMs: 70 },
  { type: "complete", token },
  { type: "complete", token, output: { answer: 42 } },
  { type: "fail", token, reason, retryable: true },
  { type: "fail", token, reason, retryable: false },
  { type: "release", token },
  { type: "release", token, reason: { code: "shutdown" } },
  { type: "expire", token },
  { type: "timeout", token },
];

/** Every kind of event with three tokens: a claim needs a greater one each time, so the machine has a finite life. */
export const workItemEvents: readonly WorkItemEvent[] = [
  ...TOKENS.flatMap(withToken),
  { type: "requeue" },
  { type: "requeue", reset: true },
  { type: "cancel", reason: { code: "unwanted" } },
];

/** Every way of counting attempts, with a budget of one and of two. */
export const workItemInputs: readonly WorkItemInput[] = [1, 2].flatMap((attemptsMax) =>
  [false, true].flatMap((releaseSpendsAttempt) =>
    [false, true].map((expireSpendsAttempt) => ({ attemptsMax, releaseSpendsAttempt, expireSpendsAttempt })),
  ),
);
