/** What to do when the machine has no more of what a process needs, as a sentence; `undefined` for every other code of the system. */
export function adviceIfExhausted(code: string | undefined): string | undefined {
  return code === undefined ? undefined : ADVICE.get(code);
}

const MORE_FILES = "Allow more open files (`ulimit -n`), or fewer live items (`--cap`).";

const ADVICE: ReadonlyMap<string, string> = new Map([
  ["EMFILE", MORE_FILES],
  ["ENFILE", MORE_FILES],
  ["EAGAIN", "Allow more processes (`ulimit -u`), or fewer live items (`--cap`)."],
  ["ENOMEM", "Free memory, or allow fewer live items (`--cap`)."],
]);
