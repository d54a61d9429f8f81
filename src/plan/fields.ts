import { LIMITS } from "../base/limits.ts";
import { ID_PATTERN } from "./check/names.ts";
import type { Field, Kind } from "./field.ts";
import { PRESSURE_FIELDS } from "./pressure-fields.ts";
import { WORKTREES_FIELDS } from "./worktree-fields.ts";

/** Longest single argument that Linux hands to a process, less room for what the shell adds. */
const COMMAND_CHARS_MAX = 120_000;
/** What one task may carry along for others. */
const METADATA_BYTES_MAX = 65_536;

export const BACKOFF_FIELDS: readonly Field[] = [
  {
    name: "initial",
    kind: { is: "duration", minMs: 0 },
    default: "1s",
    defaultValue: "1s",
    description: "Pause before the second attempt.",
    example: "500ms",
  },
  {
    name: "factor",
    kind: { is: "number", min: 1, max: 100 },
    default: "2",
    defaultValue: 2,
    description: "By what the pause is multiplied after each further attempt; 1 keeps it the same.",
    example: 2,
  },
  {
    name: "max",
    kind: { is: "duration", minMs: 0 },
    default: "30s, or `initial` when that is longer",
    description: "Longest pause.",
    example: "30s",
  },
  {
    name: "jitter",
    kind: { is: "switch" },
    default: "true",
    defaultValue: true,
    description:
      "Takes a random part of the pause, anything from nothing to the whole, so that items that failed together do not come back together.",
    example: true,
  },
];

const GROUP_NAME: Kind = { is: "word", pattern: ID_PATTERN, what: "the name of a group" };

/** Conditions under which a need counts as met. */
export const NEED_CONDITIONS = ["done", "settled", "failed", "passed", "missed"] as const;

export const GROUP_FIELDS: readonly Field[] = [
  {
    name: "onError",
    kind: { is: "choice", choices: ["failFast", "settleAll"] },
    default: "failFast",
    defaultValue: "failFast",
    description:
      "What a failed member does to the others: `failFast` cancels them, those of groups inside too; `settleAll` lets them go on, and hands the failure on to the group around it, or to the run, when all have ended.",
    example: "settleAll",
  },
  {
    name: "race",
    kind: { is: "word", pattern: ID_PATTERN, what: "the id of a task with `join: any`" },
    default: "none",
    description:
      "Id of a task with `join: any`. When it is done, the members that have not ended are cancelled; they count as skipped.",
    example: "fastest",
  },
  {
    name: "group",
    kind: GROUP_NAME,
    default: "none",
    description: "The group around this one.",
    example: "release",
  },
];

export const TASK_FIELDS: readonly Field[] = [
  {
    name: "title",
    kind: { is: "text", charsMax: 500, lines: false },
    default: "the task's id",
    description: "A line for people.",
    example: "Lint the sources",
  },
  {
    name: "description",
    kind: { is: "text", charsMax: 65_536, lines: true },
    description: "What is to be done, for the person or agent who does it.",
    example: "Check every module against the house rules.",
  },
  {
    name: "type",
    kind: {
      is: "word",
      pattern: /^[A-Za-z][A-Za-z0-9_-]{0,63}$/,
      what: "one word such as feature, bug, test, docs, refactor or review",
    },
    description:
      "The kind of work, any one word: `feature`, `bug`, `test`, `docs`, `refactor`, `review` are usual. Workers can ask for one kind.",
    example: "review",
  },
  {
    name: "needs",
    kind: { is: "needs" },
    default: "none",
    description:
      "Tasks that come first: a list of ids, or a map from id to the condition `done` (the default), `settled` (whatever its outcome), `failed` (only then), `passed` (done or skipped), or `missed` (it did not come to be done, whoever or whatever is the cause). The id of a matrix task means all its items; `test[node=22]` means one.",
    example: ["lint"],
  },
  {
    name: "when",
    kind: { is: "when" },
    default: "always",
    description:
      "A map from a need to the value that its output must equal, or to a list of such values. Judged when all needs are met; when one differs, the item is skipped. A need without output gives `null`.",
    example: { lint: true },
  },
  {
    name: "join",
    kind: { is: "choice", choices: ["all", "any"] },
    default: "none",
    description:
      "Makes an item that does nothing itself and takes no place: `all` is done when its needs are met, with their outputs by id, `any` as soon as one of them is, with that one's output. A task with `join` has no `run`.",
    example: "all",
  },
  {
    name: "allowFailure",
    kind: { is: "switch" },
    default: "false",
    defaultValue: false,
    description:
      "Its failure does not make the run failed and stops nothing else; what needs it `done` still waits for it.",
    example: true,
  },
  {
    name: "group",
    kind: GROUP_NAME,
    default: "none",
    description: "The group of `groups` that it is a member of.",
    example: "checks",
  },
  {
    name: "run",
    kind: { is: "command", charsMax: COMMAND_CHARS_MAX, functions: true },
    default: "none: a worker has to claim the item",
    description:
      "A shell command, run by `sh` in a process group of its own; in code also a function. Nothing of the plan is pasted into it: values arrive as environment variables.",
    example: "npm test",
  },
  {
    name: "matrix",
    kind: { is: "matrix" },
    default: "one item",
    description:
      "Makes an item for every combination of the axes' values, the last axis changing fastest. Values are text, numbers, true or false.",
    example: { node: [22, 26] },
  },
  {
    name: "attemptsMax",
    kind: { is: "whole", min: 1, max: 1_000 },
    default: "1",
    defaultValue: 1,
    description: "How often the item is tried before it has failed; 3 attempts are 2 retries.",
    example: 3,
  },
  {
    name: "backoff",
    kind: { is: "group", fields: BACKOFF_FIELDS },
    default: "none: the next attempt follows at once",
    description:
      "Pauses between attempts. A key that is missing here comes from `defaults.backoff`, then from the defaults below.",
    example: { initial: "500ms", factor: 2, max: "30s", jitter: true },
  },
  {
    name: "timeout",
    kind: { is: "duration", minMs: 1 },
    default: "none",
    description: "Longest time of one attempt, from its start. Then it is aborted and counts as failed.",
    example: "90s",
  },
  {
    name: "deadline",
    kind: { is: "duration", minMs: 1 },
    default: "none",
    description:
      "Longest time over all attempts with their pauses, from the first claim. It wins over `timeout` and `attemptsMax`: when it passes, the item has failed.",
    example: "10m",
  },
  {
    name: "priority",
    kind: { is: "whole", min: 0, max: 9 },
    default: "5",
    defaultValue: 5,
    description:
      "Which ready item starts first: 0 before 9. Of equals the one with the longest chain of work behind it.",
    example: 5,
  },
  {
    name: "uses",
    kind: { is: "counts", max: LIMITS.liveItemsMax },
    default: "none",
    description: "Places it takes in `pools` while it is live.",
    example: { network: 1 },
  },
  {
    name: "files",
    kind: { is: "globs", countMax: 10_000, charsMax: 1_024 },
    default: "none",
    description:
      "What it plans to touch: paths and globs from the top of the repository. Two items that both touch a file are never live at once, unless it is one of `sharedFiles`.",
    example: ["src/**"],
  },
  {
    name: "estimatedHours",
    kind: { is: "number", min: 0, max: 100_000 },
    default: "none",
    description: "What somebody thinks it takes, for people; nothing is decided by it.",
    example: 1.5,
  },
  {
    name: "metadata",
    kind: { is: "data", bytesMax: METADATA_BYTES_MAX },
    default: "none",
    description: "A map of anything, kept with the item for whoever reads it; nothing is decided by it.",
    example: { ticket: "ABC-1" },
  },
  {
    name: "env",
    kind: { is: "environment", charsMax: COMMAND_CHARS_MAX },
    default: "none",
    description: "Environment variables of the command, added to `defaults.env`; the task's own win. Values are text.",
    example: { CI: "true" },
  },
  {
    name: "cwd",
    kind: { is: "text", charsMax: 4_096, lines: false },
    default: "the folder of the plan file",
    description: "Folder in which the command runs. A relative one counts from the folder of the plan file.",
    example: "packages/core",
  },
  {
    name: "worktree",
    kind: { is: "switch" },
    default: "false",
    defaultValue: false,
    description:
      "Gives each attempt a git worktree of its own, with a branch `signalbox/RUN/ITEM`: `cwd` counts in it, and `prepare`, `run` and `verify` run there, `undo` there or on that branch. `worktrees` of the plan says how they are made.",
    example: true,
  },
  {
    name: "prepare",
    kind: { is: "command", charsMax: COMMAND_CHARS_MAX, functions: true },
    default: "none",
    description:
      "A shell command that makes `run` ready, ahead of it, while other items run; in code also a function. It takes no slot, `prepareItemsMax` limits it instead. What it writes as its output is the input `prepare` of `run`. Its failure is a failed attempt; for it, `timeout` counts by itself.",
    example: "./fetch.sh",
  },
  {
    name: "verify",
    kind: { is: "command", charsMax: COMMAND_CHARS_MAX, functions: true },
    default: "none",
    description:
      "A shell command that must succeed after `run` before the item counts as done; in code also a function. It runs in the same attempt, so `timeout` covers both, and its failure is a failed attempt. The item's own output is among its inputs, under the task's id.",
    example: "./check.sh",
  },
  {
    name: "undo",
    kind: { is: "command", charsMax: COMMAND_CHARS_MAX, functions: true },
    default: "none",
    description:
      "A shell command that takes back what `run` did; in code also a function. Only `onFailure: rollback` runs it, once, for at most `timeout` or 5 minutes. The item's own output is among its inputs, under the task's id.",
    example: "./undo.sh",
  },
];

/** Keys of a task that `defaults` may set for all. */
const DEFAULTABLE = new Set(["attemptsMax", "backoff", "timeout", "deadline", "priority", "env", "cwd"]);

export const DEFAULTS_FIELDS: readonly Field[] = TASK_FIELDS.filter((field) => DEFAULTABLE.has(field.name));

export const PLAN_FIELDS: readonly Field[] = [
  {
    name: "$schema",
    kind: { is: "text", charsMax: 4_096, lines: false },
    description: "For editors only: where the JSON Schema of plan files is.",
    example: "./node_modules/signalbox/plan.schema.json",
  },
  {
    name: "version",
    kind: { is: "choice", choices: [1] },
    default: "1",
    defaultValue: 1,
    description: "Version of the plan format.",
    example: 1,
  },
  {
    name: "name",
    kind: { is: "text", charsMax: 128, lines: false },
    default: "the file's name without its ending",
    description: "Name of the plan, shown with each of its runs.",
    example: "release",
  },
  {
    name: "liveItemsMax",
    kind: { is: "whole", min: 1, max: LIMITS.liveItemsMax },
    default: "the number of available processors",
    description: "How many items may be live at once. The option `--cap` wins over it.",
    example: 4,
  },
  {
    name: "prepareItemsMax",
    kind: { is: "whole", min: 1, max: LIMITS.liveItemsMax },
    default: String(LIMITS.prepareItemsDefault),
    defaultValue: LIMITS.prepareItemsDefault,
    description: "How many items may be prepared at once, beside those that are live.",
    example: 3,
  },
  {
    name: "schedule",
    kind: { is: "choice", choices: ["as-ready", "layers", "sequential"] },
    default: "as-ready",
    defaultValue: "as-ready",
    description:
      "`as-ready` starts an item as soon as its needs are met; `layers` ends a layer before the next begins; `sequential` runs one item at a time. The option `--schedule` wins over it.",
    example: "as-ready",
  },
  {
    name: "onFailure",
    kind: { is: "choice", choices: ["isolate", "fail-fast", "rollback"] },
    default: "isolate",
    defaultValue: "isolate",
    description:
      "What a failed item does to the others: `isolate` lets independent items go on, `fail-fast` aborts the rest, `rollback` also undoes what is done. The option `--on-failure` wins over it.",
    example: "isolate",
  },
  {
    name: "deadline",
    kind: { is: "duration", minMs: 1 },
    default: "none",
    description:
      "Longest time of the whole run, from its start, counted by the wall clock while it is interrupted or paused too. Then what is live is aborted and the run has failed. The option `--deadline` wins over it.",
    example: "2h",
  },
  {
    name: "pools",
    kind: { is: "counts", max: LIMITS.liveItemsMax },
    default: "none",
    description: "Named limits beside the cap: how many places each pool has. Tasks take them with `uses`.",
    example: { network: 2 },
  },
  {
    name: "sharedFiles",
    kind: { is: "globs", countMax: 10_000, charsMax: 1_024 },
    default: "none",
    description: "Paths and globs that several items may touch at once, whatever their `files` say.",
    example: ["docs/changelog.md"],
  },
  {
    name: "pressure",
    kind: { is: "group", fields: PRESSURE_FIELDS },
    default: "the defaults below, under `signalbox run`; nothing is watched by `createRun`",
    description:
      "From when on no new items start because the machine is short of something; one always goes on. The option `--no-pressure` wins over it.",
    example: { memory: 0.8 },
  },
  {
    name: "worktrees",
    kind: { is: "group", fields: WORKTREES_FIELDS },
    default: "the defaults below",
    description: "How the worktrees of tasks with `worktree: true` are made, and what becomes of them.",
    example: { base: "origin/main", setup: "npm ci" },
  },
  {
    name: "groups",
    kind: { is: "groups", fields: GROUP_FIELDS },
    default: "none",
    description: "Sets of tasks that fail, or race, together. Tasks join one with `group`.",
    example: { checks: { onError: "failFast" } },
  },
  {
    name: "defaults",
    kind: { is: "group", fields: DEFAULTS_FIELDS },
    default: "none",
    description:
      "Values for every task that does not say otherwise. `env` and `backoff` are joined key by key, the rest is replaced.",
    example: { timeout: "10m", attemptsMax: 1 },
  },
  {
    name: "tasks",
    kind: { is: "tasks" },
    description: "The tasks, by id.",
    example: { lint: { run: "npm run lint" } },
    required: true,
  },
];
