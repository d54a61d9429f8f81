/** Any value that JSON can carry. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** Why something happened: a stable code, a sentence, and data when there is some. */
export interface MachineReason {
  readonly code: string;
  readonly message?: string;
  readonly data?: JsonValue;
}
