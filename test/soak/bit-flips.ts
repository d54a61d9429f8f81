/** Every byte of a small journal, its database and its log, with one bit of it turned over (I9). What must hold is in `support/flipped-bits.ts`. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { flipDatabase, flipLog, type Flips } from "../support/flipped-bits.ts";
import type { Campaign } from "./campaign.ts";

const EVERY = { small: 37, large: 1 } as const;

export const bitFlips: Campaign = {
  question: "Is a bit that was turned over somewhere in the journal ever believed?",
  run: async ({ size }) => {
    const folder = mkdtempSync(join(tmpdir(), "signalbox-flips-"));
    try {
      const database = await flipDatabase(join(folder, "database"), EVERY[size]);
      const log = await flipLog(join(folder, "log"), EVERY[size]);
      const figuresOf = (name: string, { tried, noticed, dropped }: Flips): [string, number][] => [
        [`${name}: bytes tried`, tried],
        [`${name}: told by an error`, noticed],
        [`${name}: read as it was written`, tried - noticed - dropped],
        [`${name}: the last transaction dropped, as one that a crash has torn`, dropped],
      ];
      const figures = Object.fromEntries([...figuresOf("database", database), ...figuresOf("log", log)]);
      return { figures, faults: [...database.faults, ...log.faults] };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
