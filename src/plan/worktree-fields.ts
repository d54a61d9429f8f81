import type { Field } from "./field.ts";

const COMMAND_CHARS_MAX = 120_000;
const PORT_MAX = 65_535;

export const PORTS_DEFAULT = { first: 20_000, last: 29_999, count: 10 } as const;

export const PORT_FIELDS: readonly Field[] = [
  {
    name: "first",
    kind: { is: "whole", min: 1, max: PORT_MAX },
    default: "20000",
    defaultValue: PORTS_DEFAULT.first,
    description: "The first port that worktrees may have.",
    example: 20_000,
  },
  {
    name: "last",
    kind: { is: "whole", min: 1, max: PORT_MAX },
    default: "29999",
    defaultValue: PORTS_DEFAULT.last,
    description: "The last one.",
    example: 20_999,
  },
  {
    name: "count",
    kind: { is: "whole", min: 1, max: PORT_MAX },
    default: "10",
    defaultValue: PORTS_DEFAULT.count,
    description: "How many each worktree gets.",
    example: 10,
  },
];

/** How the worktrees of items are made, and what becomes of them. */
export const WORKTREES_FIELDS: readonly Field[] = [
  {
    name: "base",
    kind: { is: "text", charsMax: 1_024, lines: false },
    default: "HEAD",
    defaultValue: "HEAD",
    description: "What each begins with: any branch, tag or commit, looked up when the attempt starts.",
    example: "origin/main",
  },
  {
    name: "setup",
    kind: { is: "command", charsMax: COMMAND_CHARS_MAX, functions: false },
    default: "none",
    description:
      "A shell command that runs in each new worktree before its item. When it fails, the attempt has failed.",
    example: "npm ci",
  },
  {
    name: "setupTimeout",
    kind: { is: "duration", minMs: 1 },
    default: "10m",
    defaultValue: "10m",
    description: "Longest time of `setup`. The item's `timeout` counts meanwhile.",
    example: "2m",
  },
  {
    name: "links",
    kind: { is: "globs", countMax: 1_000, charsMax: 1_024 },
    default: "none",
    description:
      "Paths of the repository's working tree that worktrees link to instead of having their own. Git has to ignore them. No wildcards; what is not there is passed over.",
    example: ["node_modules"],
  },
  {
    name: "ports",
    kind: { is: "group", fields: PORT_FIELDS },
    default: "none",
    description:
      "Gives each worktree ports of its own: its command finds the first in `SIGNALBOX_PORT_FIRST`. While others have them all, it waits.",
    example: { first: 20_000, last: 20_999 },
  },
  {
    name: "hooks",
    kind: { is: "switch" },
    default: "false",
    defaultValue: false,
    description: "Whether the repository's hooks run when a worktree is made.",
    example: true,
  },
  {
    name: "keep",
    kind: { is: "choice", choices: ["work", "always", "never"] },
    default: "work",
    defaultValue: "work",
    description:
      "What becomes of a worktree after its attempt: `work` removes it unless it holds something that is not committed, `always` leaves it, `never` saves what is not committed behind a ref and removes it. Commits stay on the item's branch.",
    example: "never",
  },
];
