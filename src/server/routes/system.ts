/** What belongs to no project: the document of the interface, and whether the server is well. */
import { z } from "zod";
import { openApiOf, type DocumentFacts } from "../openapi.ts";
import { ProblemError } from "../problem.ts";
import { route, type Route } from "../route.ts";
import { Session } from "../schemas.ts";

export interface ServerFacts extends DocumentFacts {
  /** Whether `/inspect` shows what the actors do. */
  readonly inspect: boolean;
}

/** Routes that anybody may call who gets past the gate; `others` are the ones that the document tells of. */
export function systemRoutes(
  others: readonly Route[],
  facts: () => ServerFacts,
  isJournalDown: () => boolean,
): Route[] {
  const health = route({
    method: "get",
    path: "/healthz",
    summary: "Whether the server answers, and can make what it answers durable.",
    role: undefined,
    answers: { 200: z.strictObject({ status: z.literal("ok"), version: z.string() }) },
    problems: ["journal_unavailable"],
    handle: () => {
      if (isJournalDown())
        throw new ProblemError(
          "journal_unavailable",
          "expected a journal that can be written, got one that failed; it is tried again: see the server's log",
        );
      return { status: 200, body: { status: "ok", version: facts().version } };
    },
  });
  const session = route({
    method: "get",
    path: "/api/session",
    summary: "The role of the token that it is asked with.",
    role: "read",
    answers: { 200: Session },
    problems: [],
    handle: ({ role }) => ({ status: 200, body: { role, version: facts().version, inspect: facts().inspect } }),
  });
  let document: object | undefined;
  const openApi = route({
    method: "get",
    path: "/openapi.json",
    summary: "This interface as an OpenAPI 3.1 document.",
    role: undefined,
    answers: { 200: z.looseObject({}) },
    problems: [],
    handle: () => {
      document ??= openApiOf([...others, session, health, openApi], facts());
      return { status: 200, body: document };
    },
  });
  return [session, health, openApi];
}
