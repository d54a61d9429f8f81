/** Carries out what other processes ask of the run of this one. */
import type { Env } from "../base/env.ts";
import { SignalboxError } from "../base/errors.ts";
import type { Run } from "../engine/run.ts";
import type { MailAnswer, MailRequest } from "../journal/mail.ts";
import { openMailbox, type Mailbox } from "../journal/mailbox.ts";

/** A look into an empty folder takes some microseconds. */
const POLL_MS = 200;
/** Commands carried out at once; the others wait in the folder. */
const UNDER_WAY_MAX = 64;

export interface MailboxHost {
  /** Takes nothing more; resolves when everything that was taken is answered. */
  stop(): Promise<void>;
}

/** Serves the mailbox of the state directory that this run is journalled in, until it is stopped. */
export function serveMailbox(env: Env, run: Run, stateDir: string, onProblem: (problem: Error) => void): MailboxHost {
  const host = { underWay: new Set<Promise<void>>(), cancelTimer: (): void => {} };
  let mailbox: Mailbox;
  try {
    mailbox = openMailbox(stateDir, env);
  } catch (error) {
    onProblem(new Error(`this run takes no commands of other processes: ${messageOf(error)}`, { cause: error }));
    return { stop: async () => {} };
  }
  const look = (): void => {
    for (const request of mailbox.take(UNDER_WAY_MAX - host.underWay.size)) {
      const answered = carryOut(run, request)
        .then((answer) => mailbox.answer(request.id, answer))
        .catch((error: unknown) => onProblem(new Error(`a command was not answered: ${messageOf(error)}`)))
        .finally(() => host.underWay.delete(answered));
      host.underWay.add(answered);
    }
    host.cancelTimer = env.timers.after(POLL_MS, look);
  };
  look();
  return {
    stop: async () => {
      host.cancelTimer();
      await Promise.all(host.underWay);
    },
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

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
