import { expect, test } from "vitest";
import { agentNameFault } from "../../src/items/agent-name.ts";

test("a name is printable, without blanks around it, and none under which the log tells of others", () => {
  for (const name of ["ada", "User", "local-1", "é".repeat(128), "a b", "\u{1f980}"])
    expect(agentNameFault(name), name).toBeUndefined();
  for (const name of ["local", "engine", "recovery", "user", "cli", "signal"])
    expect(agentNameFault(name), name).toMatch(/take another one$/);
  for (const name of ["", " ", "a ", "\u3000a", "a\nb", "\u202ea", "\ud800", "a".repeat(129), 7, undefined])
    expect(agentNameFault(name), String(name)).toMatch(/^expected a name/);
});
