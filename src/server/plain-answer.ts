/** Answers as text with headers, before any server's way of sending them. */

export interface PlainAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What keeps a browser from reading an answer as something else, or from showing it inside another page. */
export const GUARDS: Readonly<Record<string, string>> = {
  "x-content-type-options": "nosniff",
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
};

/** JSON, or no body at all. */
export function textOf(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> | undefined,
): PlainAnswer {
  if (body === undefined) return { status, headers: headers ?? {} };
  return { status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) };
}
