/** Goal: what is suggested can be taken, and says what it finds. Method: texts as somebody types them, on a few items. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { globOf } from "../../src/board/data/glob.ts";
import { readFilter } from "../../src/board/data/filter.ts";
import { ItemStore } from "../../src/board/data/item-store.ts";
import { suggestionsFor, taken } from "../../src/board/data/suggest.ts";
import { itemOf, snapshotOf } from "../support/board-item.ts";

const id = (n: number): string => `00000000-0000-0000-0000-${String(n).padStart(12, "0")}`;
const store = new ItemStore();
store.apply([
  snapshotOf(3, [
    itemOf({
      id: id(1),
      key: "parse",
      assigned_agent_id: "ada",
      status: "claimed",
      files: ["src/plan/read.ts", "src/plan/a.ts"],
    }),
    itemOf({ id: id(2), key: "print", task_type: "docs", files: ["docs/**"] }),
    itemOf({ id: id(3), key: "ship", assigned_agent_id: "two words", status: "claimed" }),
  ]),
]);
const picture = store.picture();
const texts = (text: string, caret = text.length): string[] =>
  suggestionsFor({ text, caret }, picture).map((each) => each.text);

describe("suggestions", () => {
  test.each([
    ["st", ["state:"]],
    ["stat", ["state:"]],
    ["ag", ["worker:"]],
    ["-wo", ["-worker:"]],
    ["plan sl", ["slow>"]],
    ["state:f", ["state:failed "]],
    ["status:re", ["status:ready "]],
    ["state:failed,bl", ["state:failed,blocked "]],
    // What could not be written back is not offered.
    ["worker:", ["worker:ada "]],
    ["type:", ["type:docs "]],
    ["file:", ["file:src/** ", "file:docs/** "]],
    ["file:src/", ["file:src/plan/** "]],
    ["file:src/plan/", ["file:src/plan/read.ts ", "file:src/plan/a.ts "]],
    ["needs:pr", ["needs:print "]],
    ["slow>", ["slow>30s ", "slow>5m ", "slow>1h "]],
    ["state:failed", []],
    ["constructor:", []],
    ['"quoted', []],
  ])("%s", (text, expected) => {
    expect(texts(text)).toEqual(expected);
  });

  test("of nothing written are all terms, for whoever asks", () => {
    expect(texts("plan ")).toEqual([]);
    expect(suggestionsFor({ text: "", caret: 0, isAsked: true }, picture)).toHaveLength(8);
  });

  test("stand for the word at the caret, in the middle of a text, too", () => {
    const text = "state:fa worker:ada";
    const [option] = suggestionsFor({ text, caret: 8 }, picture);
    expect(taken(text, 8, option!)).toEqual(["state:failed worker:ada", 13]);
    expect(taken("wor", 3, { text: "worker:", about: "" })).toEqual(["worker:", 7]);
  });

  test("any text at any caret has some, and each of them is understood", () => {
    const word = fc.constantFrom(
      "state:",
      "slow>",
      "worker:",
      "file:",
      "-type:",
      "a",
      " ",
      ",",
      "failed",
      '"',
      "parent:",
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), fc.nat(40), (words, at) => {
        const text = words.join("");
        const caret = Math.min(at, text.length);
        for (const option of suggestionsFor({ text, caret }, picture)) {
          const [next] = taken(text, caret, option);
          expect(next).toContain(option.text);
          // What somebody has put into a list is theirs.
          if (option.text.endsWith(" ") && !option.text.includes(","))
            expect(readFilter(option.text, () => undefined).problems).toEqual([]);
        }
      }),
    );
  });
});

describe("patterns", () => {
  test.each([
    ["src/**", "src/a/b.ts", true],
    ["src/**", "lib/a.ts", false],
    ["src/*", "src/a/b.ts", false],
    ["src/*.ts", "src/a.ts", true],
    ["**/b.ts", "src/a/b.ts", true],
    ["src/**/b.ts", "src/b.ts", true],
    ["a?c", "abc", true],
    ["a?c", "a/c", false],
    ["*", "", true],
    ["a.c*", "abc", false],
    ["\u{1F600}?", "\u{1F600}x", true],
  ])("%s fits %s: %s", (pattern, text, isFit) => {
    expect(globOf(pattern)?.(text)).toBe(isFit);
  });

  test("a text without signs is no pattern", () => {
    expect(globOf("src/a.ts")).toBeUndefined();
  });

  test("no pattern is slow, however many stars it has", () => {
    const pattern = `${"*a".repeat(60)}b`;
    const before = performance.now();
    for (let n = 0; n < 50; n++) expect(globOf(pattern)!("a".repeat(200))).toBe(false);
    expect(performance.now() - before).toBeLessThan(1_000);
  });
});
