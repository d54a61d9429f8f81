/** The machine that a word of the command line means: one of ours by its name, or one that a file of the user's exports. */
import { existsSync, readFileSync } from "node:fs";
import { extname } from "node:path";
import { pathToFileURL } from "node:url";
import { createMachine, type AnyStateMachine } from "xstate";
import {
  admissionMachine,
  repositoryLockMachine,
  runMachine,
  runSpecMachine,
  workItemMachine,
  worktreeMachine,
} from "../../../machines/index.ts";
import { messageOf } from "../../base/error-message.ts";
import { UsageError } from "../../base/errors.ts";

/** The machines of this package, by the names that the command line knows them by. */
export const OWN_MACHINES: Readonly<Record<string, AnyStateMachine>> = {
  "work-item": workItemMachine,
  run: runMachine,
  admission: admissionMachine,
  "repository-lock": repositoryLockMachine,
  worktree: worktreeMachine,
  "run-spec": runSpecMachine,
};

/** Built with whatever copy of XState the user has, so `instanceof` would not do. */
export function isMachine(value: unknown): value is AnyStateMachine {
  return (
    typeof value === "object" &&
    value !== null &&
    "getStateNodeById" in value &&
    "transition" in value &&
    "root" in value
  );
}

/**
 * Loads the machine of a module, or of a JSON file that holds its configuration. `exported` names one of several.
 * @throws UsageError when there is no such file, it cannot be loaded, or it is not clear which machine is meant
 */
export async function loadMachine(path: string, exported?: string): Promise<AnyStateMachine> {
  if (!existsSync(path)) {
    const names = Object.keys(OWN_MACHINES).join(", ");
    throw new UsageError(`expected a file, or one of ${names}; got ${path}, which is not there`);
  }
  if (extname(path) === ".json") return machineOfConfig(path);
  const module = await imported(path);
  const machines = Object.entries(module).filter((entry): entry is [string, AnyStateMachine] => isMachine(entry[1]));
  const names = machines.map(([name]) => name).join(", ") || "none";
  if (exported !== undefined) {
    const machine = module[exported];
    if (isMachine(machine)) return machine;
    throw new UsageError(`expected an exported XState machine called ${exported} in ${path}, got ${names}`);
  }
  const chosen = machines.find(([name]) => name === "default") ?? (machines.length === 1 ? machines[0] : undefined);
  if (chosen !== undefined) return chosen[1];
  const advice = machines.length === 0 ? "export the machine that createMachine gives" : "choose one with --export";
  throw new UsageError(`expected one exported XState machine in ${path}, got ${names}; ${advice}`);
}

/** What a module of a user exports. @throws UsageError when it cannot be loaded */
export async function imported(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(/* @vite-ignore */ pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (cause) {
    const message = messageOf(cause);
    throw new UsageError(`expected a module that can be loaded, got an error of ${path}: ${message}`, { cause });
  }
}

function machineOfConfig(path: string): AnyStateMachine {
  try {
    return createMachine(JSON.parse(readFileSync(path, "utf8")) as object);
  } catch (cause) {
    const message = messageOf(cause);
    throw new UsageError(`expected the configuration of a machine in ${path}, got an error: ${message}`, { cause });
  }
}
