/** The other side of `mailbox-host.ts`: asks the process that runs in a state directory, and waits for its answer. */
import { EXIT_CODES, SignalboxError, type ErrorCode } from "../base/errors.ts";
import type { MailAnswer, MailRequest } from "../journal/mail.ts";
import { fetchAnswer, isWaiting, sendRequest, withdrawRequest } from "../journal/mailbox.ts";
import type { Holder } from "../journal/run-lock.ts";
import type { Io } from "./io.ts";
import { nextCommand } from "./next-command.ts";
import type { Store } from "./store.ts";

const POLL_MS = 50;
/** Polls between two looks whether the process is still there. */
const POLLS_A_LOOK = 10;
/** A process that looks into its mailbox at all takes a request sooner. */
const TAKEN_MS_MAX = 10_000;

export type Asked = Pick<MailRequest, "runId" | "command" | "item" | "reason" | "withDependents">;

/**
 * Resolves with what the live run answered when the effect is durable.
 * @throws SignalboxError as the run refused it, or `not_ready` when its process takes no commands or ended before it answered
 */
export async function askLiveRun(
  io: Io,
  store: Store,
  holder: Holder,
  asked: Asked,
): Promise<MailAnswer & { readonly ok: true }> {
  const id = io.env.nextId();
  sendRequest(store.stateDir, { id, to: { pid: holder.pid, startedAt: holder.startedAt }, ...asked });
  const answer = await answerTo(io, store, holder, id);
  if (answer === undefined) throw unanswered(io, store, asked.runId);
  if (answer.ok) return answer;
  throw new SignalboxError(isCode(answer.code) ? answer.code : "internal", answer.message);
}

async function answerTo(io: Io, store: Store, holder: Holder, id: string): Promise<MailAnswer | undefined> {
  const { env } = io;
  const sentAt = env.clock.monotonic();
  for (let polls = 1; ; polls++) {
    const answer = fetchAnswer(store.stateDir, id);
    if (answer !== undefined) return answer;
    if (polls % POLLS_A_LOOK === 0 && !isStillThere(store, holder)) {
      withdrawRequest(store.stateDir, id);
      // It may have answered as its last act.
      return fetchAnswer(store.stateDir, id);
    }
    if (env.clock.monotonic() - sentAt > TAKEN_MS_MAX && isWaiting(store.stateDir, id)) {
      withdrawRequest(store.stateDir, id);
      throw new SignalboxError(
        "not_ready",
        `expected process ${holder.pid} to take the command, but it does not look into its mailbox; stop it, or wait for its end`,
      );
    }
    await new Promise<void>((resolve) => void env.timers.after(POLL_MS, resolve));
  }
}

function isStillThere({ reader }: Store, { pid, startedAt }: Holder): boolean {
  const now = reader.holder();
  return now?.pid === pid && now.startedAt === startedAt;
}

function unanswered(io: Io, { stateDir }: Store, runId: string): SignalboxError {
  return new SignalboxError(
    "not_ready",
    `expected an answer of the run, but its process ended before it gave one; see what came of it with: ${nextCommand(io, stateDir, "show", runId)}`,
  );
}

function isCode(text: string): text is ErrorCode {
  return Object.hasOwn(EXIT_CODES, text);
}
