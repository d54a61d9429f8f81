/**
 * Commands of other processes to the process that runs in a state directory: files in a folder of it, for its owner only.
 *
 * B1 A file appears whole: it is written under another name and renamed.
 * B2 A request is taken at most once: its file is removed before anything is done about it. The answer's file appears only
 *    when what was asked for is durable; a process that dies in between leaves neither.
 * B3 A request names the process that it is for. What is for another one, from before this one took the lock, is thrown away.
 * B4 What is read is an ordinary file of the same user, no larger than a limit; anything else is thrown away unread.
 */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  watch,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Env } from "../base/env.ts";
import { SignalboxError } from "../base/errors.ts";
import { failpoint } from "../base/failpoint.ts";
import { LIMITS } from "../base/limits.ts";
import { answerOf, isMailId, requestOf, type MailAnswer, type MailRequest } from "./mail.ts";
import { lastHolder } from "./run-lock.ts";
import { mailboxOf, stateError } from "./state-directory.ts";

const REQUEST = ".request.json";
const ANSWER = ".answer.json";
const NEW = ".new";
/** What nobody fetched or finished in this time belongs to a process that is gone. */
const STALE_MS = 60_000;
/** An answer may list every item of a large plan. */
const ANSWER_BYTES_MAX = 512 * 1024 * 1024;

/** The side of the process that runs here. */
export interface Mailbox {
  /** Requests that have come since, oldest first, at most `max`; each is given once. */
  take(max: number): MailRequest[];
  answer(id: string, answer: MailAnswer): void;
  /**
   * Calls `onMail` when something may have come, until the answered function is called; `undefined` where the system cannot tell. It
   * may miss something, on a network drive for example, so whoever watches looks by itself too, but seldom.
   */
  watch(onMail: () => void): (() => void) | undefined;
}

/**
 * Opens the mailbox of a state directory whose lock this process holds, and clears what is left of others.
 * @throws SignalboxError `state_unwritable`
 */
export function openMailbox(directory: string, env: Env): Mailbox {
  const folder = mailboxOf(directory);
  try {
    prepare(folder);
    clearStale(folder, env.clock.now());
  } catch (error) {
    throw stateError(folder, error);
  }
  const self = lastHolder(directory);
  return {
    take(max) {
      const taken: MailRequest[] = [];
      for (const name of namesIn(folder)) {
        if (taken.length === max) break;
        if (!name.endsWith(REQUEST)) continue;
        const path = join(folder, name);
        const request = requestOf(readOwn(path, LIMITS.mailboxRequestBytesMax));
        rmSync(path, { force: true, recursive: true });
        failpoint?.("mailbox.taken");
        const isOurs = request?.to.pid === process.pid && request.to.startedAt === self?.startedAt;
        if (request === undefined) refuse(folder, name.slice(0, -REQUEST.length));
        else if (isOurs && name === request.id + REQUEST) taken.push(request);
      }
      return taken;
    },
    answer(id, answer) {
      failpoint?.("mailbox.answer");
      writeWhole(join(folder, id + ANSWER), JSON.stringify(answer));
    },
    watch: (onMail) => watchFolder(folder, onMail),
  };
}

function watchFolder(folder: string, onMail: () => void): (() => void) | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, (_event, name) => {
      if (name === null || name.endsWith(REQUEST)) onMail();
    });
    // The folder is gone, or the system wants its handle back: what looks seldom is left.
    watcher.on("error", () => watcher.close());
    return () => watcher.close();
  } catch {
    return undefined;
  }
}

/**
 * Puts a request where the process that runs in this state directory finds it.
 * @throws SignalboxError `not_ready` when it has no mailbox or too many requests wait, `state_unwritable`
 */
export function sendRequest(directory: string, request: MailRequest): void {
  const folder = mailboxOf(directory);
  if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new SignalboxError(
      "not_ready",
      `expected a run that takes commands, got one of a process without a mailbox in ${directory}; stop it, or wait for its end`,
    );
  if (namesIn(folder).length >= LIMITS.mailboxRequestsMax)
    throw new SignalboxError(
      "not_ready",
      `expected fewer than ${LIMITS.mailboxRequestsMax} commands to wait for the run, got as many; try again`,
    );
  try {
    writeWhole(join(folder, request.id + REQUEST), JSON.stringify(request));
  } catch (error) {
    throw stateError(folder, error);
  }
}

/** Whether the request was not taken yet. */
export function isWaiting(directory: string, id: string): boolean {
  return lstatSync(join(mailboxOf(directory), id + REQUEST), { throwIfNoEntry: false }) !== undefined;
}

/** Takes a request back; one that was taken already stays taken. */
export function withdrawRequest(directory: string, id: string): void {
  rmSync(join(mailboxOf(directory), id + REQUEST), { force: true });
}

/** The answer to a request, once: its file is removed. `undefined` while there is none. */
export function fetchAnswer(directory: string, id: string): MailAnswer | undefined {
  const path = join(mailboxOf(directory), id + ANSWER);
  const text = readOwn(path, ANSWER_BYTES_MAX);
  if (text === "") return undefined;
  rmSync(path, { force: true });
  return answerOf(text);
}

function refuse(folder: string, id: string): void {
  const message = "expected a command as signalbox writes it, got something else; is it the same version?";
  if (isMailId(id))
    writeWhole(join(folder, id + ANSWER), JSON.stringify({ ok: false, code: "invalid_usage", message }));
}

/** Makes the folder; refuses one that others may look into, or that is something else. */
function prepare(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  const uid = process.getuid?.();
  if (found.isDirectory() && (uid === undefined || (found.uid === uid && (found.mode & 0o077) === 0))) return;
  throw new SignalboxError(
    "state_unwritable",
    `expected ${folder} to be a directory that only you may use, got another one; remove it`,
  );
}

function clearStale(folder: string, now: number): void {
  for (const name of namesIn(folder)) {
    const path = join(folder, name);
    const found = lstatSync(path, { throwIfNoEntry: false });
    // Requests are judged by whom they are for when they are taken.
    if (found === undefined || name.endsWith(REQUEST) || now - found.mtimeMs < STALE_MS) continue;
    rmSync(path, { force: true, recursive: true });
  }
}

/** Names of our files, in order of time. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => isMailId(name.slice(0, name.indexOf("."))))
      .sort();
  } catch {
    return [];
  }
}

function writeWhole(path: string, text: string): void {
  try {
    writeFileSync(path + NEW, text, { flag: "wx", mode: 0o600 });
    renameSync(path + NEW, path);
  } catch (error) {
    // Half of a file would be in the way of the next try.
    rmSync(path + NEW, { force: true });
    throw error;
  }
}

/** The text of an ordinary file of ours; none for everything else. */
function readOwn(path: string, bytesMax: number): string {
  let file: number | undefined;
  try {
    // Neither through a link, nor waiting for the other end of a pipe. Windows has no such bits, and `|` takes them for 0.
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const found = fstatSync(file);
    const isOurs = found.isFile() && (process.getuid === undefined || found.uid === process.getuid());
    return isOurs && found.size <= bytesMax ? readFileSync(file, "utf8") : "";
  } catch {
    return "";
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
