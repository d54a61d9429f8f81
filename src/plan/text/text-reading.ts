import type { Findings } from "../check/findings.ts";
import type { FindPlaces } from "./places.ts";

/** What a text holds, and how to find things in it again. */
export interface TextReading {
  readonly value: unknown;
  /** What reading alone showed: syntax, equal keys, nesting. */
  readonly findings: Findings;
  /** The text could not be read to its end; `findings` say why. */
  readonly broken: boolean;
  readonly find: FindPlaces;
}
