/** Carries out what other processes ask of the run of this one. */
import type { Env } from "../base/env.ts";
import { messageOf } from "../base/error-message.ts";
import { SignalboxError } from "../base/errors.ts";
import type { Run } from "../engine/run.ts";
import type { MailAnswer, MailRequest } from "../journal/mail.ts";
import { openMailbox, type Mailbox } from "../journal/mailbox.ts";

/** Time between two looks where the system tells when something has come, and where it does not. */
const POLL_MS = { watched: 1_000, unwatched: 200 } as const;
/** Commands carried out at once; the others wait in the folder. */
const UNDER_WAY_MAX = 64;

export interface MailboxHost {
  /** Takes nothing more; resolves when everything that was taken is answered. */
  stop(): Promise<void>;
}

/** Serves the mailbox of the state directory that this run is journalled in, until it is stopped. */
export function serveMailbox(env: Env, run: Run, stateDir: string, onProblem: (problem: Error) => void): MailboxHost {
  let mailbox: Mailbox;
  try {
    mailbox = openMailbox(stateDir, env);
  } catch (error) {
    onProblem(new Error(`this run takes no commands of other processes: ${messageOf(error)}`, { cause: error }));
    return { stop: async () => {} };
  }
  const underWay = new Set<Promise<void>>();
  // Whoever asked waits as long as this process lives: an answer that could not be written is written when there is room.
  const unwritten = new Map<string, MailAnswer>();
  const answer = (id: string, given: MailAnswer): void => {
    try {
      mailbox.answer(id, given);
      unwritten.delete(id);
    } catch (error) {
      if (!unwritten.has(id)) onProblem(new Error(`the answer to a command has to wait: ${messageOf(error)}`));
      unwritten.set(id, given);
    }
  };
  const look = (): void => {
    for (const [id, given] of unwritten) answer(id, given);
    for (const request of mailbox.take(UNDER_WAY_MAX - underWay.size - unwritten.size)) {
      const answered = carryOut(run, request)
        .then((given) => answer(request.id, given))
        .finally(() => underWay.delete(answered));
      underWay.add(answered);
    }
  };
  const stopLooking = lookOften(env, mailbox, look);
  return {
    stop: async () => {
      stopLooking();
      await Promise.all(underWay);
      for (const [id, given] of unwritten) answer(id, given);
    },
  };
}

/** Looks now, when something comes, and from time to time, until the answered function is called. */
function lookOften(env: Env, mailbox: Mailbox, look: () => void): () => void {
  const unwatch = mailbox.watch(look);
  const pollMs = unwatch === undefined ? POLL_MS.unwatched : POLL_MS.watched;
  let cancelTimer = (): void => {};
  const poll = (): void => {
    look();
    cancelTimer = env.timers.after(pollMs, poll);
  };
  poll();
  return () => {
    unwatch?.();
    cancelTimer();
  };
}

async function carryOut(run: Run, request: MailRequest): Promise<MailAnswer> {
  try {
    if (request.runId !== run.id) throw otherRun(run, request);
    return { ok: true, ...(await asked(run, request)) };
  } catch (error) {
    const code = error instanceof SignalboxError ? error.code : "internal";
    return { ok: false, code, message: messageOf(error) };
  }
}

async function asked(
  run: Run,
  { command, item, reason, withDependents }: MailRequest,
): Promise<{ readonly items?: readonly string[]; readonly outcome?: string }> {
  switch (command) {
    case "cancel":
      if (item === undefined) return { outcome: (await run.cancel(reason)).outcome };
      return {
        items: await run.cancelItem(item, {
          ...(reason !== undefined && { reason }),
          ...(withDependents !== undefined && { withDependents }),
        }),
      };
    case "retry":
      return { items: await run.retry(item ?? "") };
    case "pause":
    case "resume":
      await run[command]();
      return {};
  }
}

function otherRun(run: Run, { runId }: MailRequest): SignalboxError {
  return new SignalboxError(
    "not_ready",
    `expected a command for run ${run.id}, which is live in this state directory, got one for run ${runId}; wait for its end`,
  );
}
