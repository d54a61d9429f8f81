import type { Json } from "../base/json.ts";

/** Why something happened: a stable code, a sentence, and data when there is some. */
export interface Reason {
  readonly code: string;
  readonly message?: string;
  readonly data?: Json;
}
