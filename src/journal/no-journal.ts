import { SignalboxError } from "../base/errors.ts";
import type { Journal } from "./journal.ts";

/** For a run whose journal nobody else knows: it keeps nothing, since nobody could read it. */
export function noJournal(): Journal {
  const unknown = async (runId: string): Promise<never> => {
    throw new SignalboxError(
      "run_not_found",
      `expected a run of a journal, got ${runId}, which was started without one`,
    );
  };
  return {
    durable: false,
    createRun: async () => {},
    append: () => undefined,
    recover: unknown,
    read: unknown,
    compact: unknown,
    runs: async () => [],
    audit: async () => [],
    close: async () => {},
  };
}
