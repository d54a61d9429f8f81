import { describe, expect, test } from "vitest";
import { LOG_LEVELS, makeLog, type LogFormat, type LogLevel } from "../../src/base/log.ts";

function written(level: LogLevel, format: LogFormat, write: (log: ReturnType<typeof makeLog>) => void): string[] {
  const lines: string[] = [];
  write(makeLog({ level, format, write: (line) => lines.push(line), now: () => 1_000 }));
  return lines;
}

describe("the log of a server", () => {
  test("tells its level and what is graver", () => {
    const lines = written("warn", "text", (log) => {
      for (const level of LOG_LEVELS) log.write(level, "happened");
      expect(LOG_LEVELS.map((level) => log.tells(level))).toEqual([true, true, false, false]);
    });
    expect(lines).toEqual(["1970-01-01T00:00:01.000Z error happened\n", "1970-01-01T00:00:01.000Z warn happened\n"]);
  });

  test("writes facts by name, in words or as JSON; what is not known is left out", () => {
    const facts = { path: "/a", status: 200, gone: undefined, said: 'two words and a "' };
    expect(written("debug", "text", (log) => log.write("debug", "request", facts))).toEqual([
      '1970-01-01T00:00:01.000Z debug request path=/a status=200 said="two words and a \\""\n',
    ]);
    const [line] = written("debug", "json", (log) => log.write("debug", "request", facts));
    expect(JSON.parse(line!)).toEqual({
      at: "1970-01-01T00:00:01.000Z",
      level: "debug",
      event: "request",
      path: "/a",
      status: 200,
      said: 'two words and a "',
    });
  });

  test.each(["text", "json"] as const)(
    "L1: nothing from outside ends a line of %s or reaches the terminal",
    (format) => {
      const [line, ...more] = written("info", format, (log) =>
        log.write("info", "request", { path: "/a\nfaked line\u001b[2J\u202e\r\u0007" }),
      );
      expect(more).toEqual([]);
      expect(line!.slice(0, -1)).toMatch(/^[\x20-\x7e\ufffd\u202e]*$/);
      if (format === "text") expect(line).not.toContain("\u202e");
    },
  );
});
