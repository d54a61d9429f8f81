/**
 * The lines that are redrawn in place, against a terminal that keeps what a person would see. A bug looks like lines
 * left over from an earlier picture, or like the user's own lines gone.
 */
import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import type { Output } from "../../../src/cli/terminal/output.ts";
import { Screen } from "../../../src/cli/terminal/screen.ts";
import { TerminalScreen } from "../../support/terminal-screen.ts";

function outputTo(terminal: TerminalScreen): Output {
  return {
    write: (text) => terminal.write(text),
    isTerminal: true,
    color: false,
    size: () => ({ columns: terminal.columns, rows: terminal.rows }),
    failure: undefined,
    onFailure: () => () => {},
    onResize: () => () => {},
    closed: false,
    flushed: () => Promise.resolve(),
  };
}

const line = fc.string({ unit: fc.constantFrom("a", "b", "日", "🚂"), maxLength: 9 });
const pictures = fc.array(fc.array(line, { maxLength: 9 }), { minLength: 1, maxLength: 6 });

test.prop([pictures])("I2: only the last picture is seen, under what stood there before", (all) => {
  const terminal = new TerminalScreen(20, 10);
  terminal.write("$ signalbox run\n");
  const screen = new Screen(outputTo(terminal));
  for (const picture of all) screen.show(picture);
  const expected = ["$ signalbox run", ...all.at(-1)!];
  while (expected.at(-1) === "") expected.pop();
  expect(terminal.text()).toEqual(expected);
  expect(terminal.cursorHidden).toBe(true);
  screen.close();
  screen.close();
  expect(terminal.text()).toEqual(["$ signalbox run"]);
  expect(terminal.cursorHidden).toBe(false);
  expect(terminal.wraps).toBe(true);
});

test.prop([fc.array(line, { maxLength: 6 }), fc.array(line, { maxLength: 6 }), fc.integer({ min: 7, max: 20 })])(
  "a terminal made narrower leaves nothing of the wrapped picture behind",
  (before, after, columns) => {
    const terminal = new TerminalScreen(20, 40);
    terminal.write("$ run\n");
    const screen = new Screen(outputTo(terminal));
    screen.show(before);
    terminal.resize(columns, 40);
    screen.show(after.map((text) => text.slice(0, 2)));
    screen.close();
    expect(terminal.text()).toEqual(["$ run"]);
  },
);

test("closing what was never shown writes nothing", () => {
  const terminal = new TerminalScreen(20, 10);
  new Screen(outputTo(terminal)).close();
  expect(terminal.text()).toEqual([]);
});
