// Most test files share a process with others: what one leaves behind, the next would find. So that is an error of the file that left it.
import { afterAll, expect, vi } from "vitest";

const folder = process.cwd();
const variables = { ...process.env };

/** Names only: values may be secrets. */
function changedVariables(): string[] {
  const names = new Set([...Object.keys(variables), ...Object.keys(process.env)]);
  return [...names].filter((name) => process.env[name] !== variables[name]);
}

afterAll(() => {
  const left = { folder: process.cwd(), variables: changedVariables(), fakeTimers: vi.isFakeTimers() };
  process.chdir(folder);
  vi.useRealTimers();
  expect(left).toEqual({ folder, variables: [], fakeTimers: false });
});
