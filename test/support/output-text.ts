/** An output that keeps what was written, for tests of what the command line prints. */
import type { Output } from "../../src/cli/terminal/output.ts";

export interface OutputText extends Output {
  text(): string;
  resize(columns: number, rows: number): void;
}

export function outputText(
  options: { readonly color?: boolean; readonly columns?: number; readonly rows?: number } = {},
): OutputText {
  let written = "";
  let { columns = 80, rows = 24 } = options;
  const listeners = new Set<() => void>();
  return {
    write: (text) => {
      written += text;
    },
    text: () => written,
    isTerminal: true,
    color: options.color ?? false,
    size: () => ({ columns, rows }),
    failure: undefined,
    onFailure: () => () => {},
    onResize: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    resize: (newColumns, newRows) => {
      columns = newColumns;
      rows = newRows;
      for (const listener of listeners) listener();
    },
    closed: false,
    flushed: () => Promise.resolve(),
  };
}
