/**
 * The live view on a real terminal: a pseudo terminal that the test owns, and a model of a screen that takes what was
 * written to it. A bug looks like lines left over, a picture that scrolls away, or a cursor that stays hidden.
 */
import { expect, test } from "vitest";
import { hasPty, spawnInPty, type Pty } from "../support/pty.ts";
import { TerminalScreen } from "../support/terminal-screen.ts";
import { cleanEnvironment, MAIN } from "./support/cli.ts";
import { tempFolder } from "./support/temp-folder.ts";

/** `count` functions that each take a moment, in two layers; one fails. */
const moduleOf = (count: number, ms: number): string => `
const wait = ({ signal }) => new Promise((resolve, reject) => {
  const timer = setTimeout(resolve, ${ms});
  signal.addEventListener("abort", () => { clearTimeout(timer); reject(signal.reason); });
});
const tasks = {};
for (let i = 0; i < ${count}; i++) tasks["item-" + i] = { run: wait };
tasks["broken"] = { run: () => { throw new Error("\\u001b[31mbroken\\u001b[2J") } };
tasks["last"] = { needs: Object.keys(tasks).filter((id) => id !== "broken"), run: wait };
export default { name: "many-日本", liveItemsMax: 40, tasks };
`;

function runInPty(text: string, size: { columns: number; rows: number }, words: readonly string[] = []): Pty {
  const cwd = tempFolder({ "plan.mjs": text });
  const env = cleanEnvironment({ TERM: "xterm-256color", LANG: "C.UTF-8" });
  return spawnInPty(process.execPath, [MAIN, "run", "plan.mjs", ...words], { cwd, env, ...size });
}

/** Pictures as they were drawn: what stands between two beginnings of an update. */
function picturesIn(output: string): string[] {
  return output
    .split("\u001b[?2026h")
    .slice(1)
    .map((part) => part.split("\u001b[?2026l")[0]!);
}

test("this Node can open a terminal for the tests below", () => {
  expect(hasPty).toBe(true);
});

test("the picture fits the terminal, is drawn in place, and leaves only the summary", async () => {
  const size = { columns: 60, rows: 12 };
  const pty = runInPty(moduleOf(60, 400), size);
  const { code } = await pty.ended;
  const output = pty.output();
  expect(code, output).toBe(1);
  const pictures = picturesIn(output);
  expect(pictures.length).toBeGreaterThan(2);
  // Ten pictures a second at most, and the run takes about two.
  expect(pictures.length).toBeLessThan(60);
  for (const picture of pictures) expect(picture.split("\n").length - 1).toBeLessThan(size.rows);
  expect(output).toContain("more live");
  const screen = new TerminalScreen(size.columns, size.rows);
  screen.write(output);
  expect(screen.cursorHidden).toBe(false);
  expect(screen.wraps).toBe(true);
  const text = screen.text();
  expect(text[0]).toMatch(/^many-日本 {2}failed in /);
  expect(text.join("\n")).not.toContain("▸");
});

test("10,000 items, hundreds of them live, stay within the terminal", async () => {
  const size = { columns: 70, rows: 20 };
  const text = moduleOf(10_000, 20).replace("liveItemsMax: 40", "liveItemsMax: 600");
  const pty = runInPty(text, size, ["--no-durable"]);
  const { code } = await pty.ended;
  expect(code).toBe(1);
  const pictures = picturesIn(pty.output());
  for (const picture of pictures) expect(picture.split("\n").length - 1).toBeLessThan(size.rows);
  const screen = new TerminalScreen(size.columns, size.rows);
  screen.write(pty.output());
  expect(screen.text()[0]).toMatch(/^many-日本 {2}failed in /);
  expect(screen.text().length).toBeLessThan(30);
});

test("a resize in the middle leaves nothing behind", async () => {
  const pty = runInPty(moduleOf(30, 800), { columns: 100, rows: 30 });
  await waitFor(pty, "▸");
  pty.resize(40, 10);
  const { code } = await pty.ended;
  expect(code).toBe(1);
  const late = picturesIn(pty.output()).at(-1)!;
  expect(late.split("\n").length - 1).toBeLessThan(10);
});

test("Ctrl-C gives the terminal back and says how to go on", async () => {
  const pty = runInPty(moduleOf(10, 60_000), { columns: 80, rows: 24 });
  await waitFor(pty, "▸");
  pty.child.kill("SIGINT");
  const { code } = await pty.ended;
  expect(code).toBe(130);
  const screen = new TerminalScreen(80, 24);
  screen.write(pty.output());
  expect(screen.cursorHidden).toBe(false);
  expect(screen.text().join("\n")).toMatch(/^many-日本: stopped with 0 of 12 items done[\s\S]*signalbox resume/);
});

test.each([
  ["NO_COLOR", { NO_COLOR: "1" }],
  ["TERM=dumb", { TERM: "dumb" }],
  ["CI", { CI: "true" }],
])("%s is honoured", async (_, variables: NodeJS.ProcessEnv) => {
  const cwd = tempFolder({ "plan.mjs": moduleOf(2, 50) });
  const env = cleanEnvironment({ TERM: "xterm", ...variables });
  const pty = spawnInPty(process.execPath, [MAIN, "run", "plan.mjs"], { cwd, env, columns: 80, rows: 24 });
  await pty.ended;
  const output = pty.output();
  if (variables["NO_COLOR"]) expect(output).not.toMatch(/\u001b\[[0-9;]*m/);
  else expect(output).not.toContain("\u001b[?25l");
});

async function waitFor(pty: Pty, text: string): Promise<void> {
  while (!pty.output().includes(text)) {
    if (pty.child.exitCode !== null) throw new Error(`ended early: ${pty.output()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
