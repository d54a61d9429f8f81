/** Names under which workers outside this process stand in the audit log. They are for people; no rule looks at who has which. */

/** 1 to 128 printable characters. */
export const AGENT_NAME = /^[^\p{C}]{1,128}$/u;

/** Who the log says when it was none of them: a name of these would make an entry a lie. */
const RESERVED: ReadonlySet<string> = new Set(["local", "engine", "recovery", "user", "cli", "signal"]);

/** What is wrong with a name, in words; `undefined`: nothing. */
export function agentNameFault(name: unknown): string | undefined {
  if (typeof name !== "string" || !AGENT_NAME.test(name))
    return "expected a name of 1 to 128 printable characters, got something else";
  if (name !== name.trim()) return "expected a name without a blank at its beginning or end, got one with it";
  if (!RESERVED.has(name)) return undefined;
  return `expected the name of an agent, got ${JSON.stringify(name)}, under which the log tells what Signalbox or its user did; take another one`;
}
