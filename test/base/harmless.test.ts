/**
 * Goal: what a program printed cannot move the cursor, colour or rename the terminal, or hide text. Method: payloads that
 * terminals obey, one by one, and any text at all as a property. A bug would look like a control byte in the result.
 */
import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { harmless } from "../../src/base/harmless.ts";

const ESC = "\x1b";

describe("payloads", () => {
  test.each([
    ["colour", `${ESC}[31mred${ESC}[0m`, "red"],
    ["colour with C1 introducer", "\x9b31mred\x9b0m", "red"],
    ["24-bit colour with colons", `${ESC}[38:2::255:0:0mred`, "red"],
    ["clear screen", `a${ESC}[2J${ESC}[Hb`, "ab"],
    ["cursor up and overwrite", `safe${ESC}[1A${ESC}[2Kevil`, "safeevil"],
    ["private mode", `${ESC}[?1049hfull${ESC}[?25l`, "full"],
    ["device status request", `${ESC}[6n`, ""],
    ["window title", `${ESC}]0;owned\x07text`, "text"],
    ["window title ended by ST", `${ESC}]2;owned${ESC}\\text`, "text"],
    ["title with C1 introducer and end", "\x9d0;owned\x9ctext", "text"],
    ["hyperlink", `${ESC}]8;;http://evil/${ESC}\\click${ESC}]8;;${ESC}\\`, "click"],
    ["clipboard", `${ESC}]52;c;ZXZpbA==\x07`, ""],
    ["title that never ends", `${ESC}]0;owned`, ""],
    ["DCS with body", `${ESC}P1$r0m${ESC}\\text`, "text"],
    ["DCS with C1 introducer", "\x90body\x9ctext", "text"],
    ["sixel image", `${ESC}Pq#0;2;0;0;0~~@@${ESC}\\text`, "text"],
    ["APC", `${ESC}_Gf=100;AAAA${ESC}\\text`, "text"],
    ["PM", `${ESC}^private${ESC}\\text`, "text"],
    ["SOS", `${ESC}Xstring${ESC}\\text`, "text"],
    ["reset", `${ESC}ctext`, "text"],
    ["character set", `${ESC}(0lqk${ESC}(B`, "lqk"],
    ["save and restore", `${ESC}7a${ESC}8`, "a"],
    ["half a sequence", `text${ESC}`, "text"],
    ["half a CSI", `text${ESC}[31`, "text"],
    ["escape in a sequence", `${ESC}[3${ESC}[31mred`, "red"],
    ["bell", "a\x07b", "a�b"],
    ["backspace", "rm -rf /\b\b\b\b", "rm -rf /����"],
    ["null", "a\0b", "a�b"],
    ["delete", "a\x7fb", "a�b"],
    ["vertical tab and form feed", "a\vb\fc", "a�b�c"],
    ["shift out", "a\x0eb\x0f", "a�b�"],
    ["next line (C1)", "a\x85b", "a�b"],
    ["line separator", "a\u2028b\u2029c", "a�b�c"],
    ["right-to-left override", "user\u202egnp.exe", "user�gnp.exe"],
    ["isolates", "\u2066a\u2069", "�a�"],
    ["arabic letter mark", "a\u061cb", "a�b"],
    ["zero width", "pass\u200bword\u200d\u2060", "pass�word��"],
    ["byte order mark", "\ufefftext", "�text"],
    ["soft hyphen", "a\u00adb", "a�b"],
    ["tags", "a\u{e0041}\u{e007f}b", "a��b"],
    ["invisible letters", "a\u3164b\u115f", "a�b�"],
    ["half a surrogate pair", "a\ud800b", "a�b"],
    ["tab", "a\tb", "a  b"],
    ["progress that is drawn over itself", "10%\r50%\r100%", "100%"],
    ["progress that returns at its end", "10%\r50%\r", "50%"],
  ])("%s", (_name, text, shown) => {
    expect(harmless(text)).toBe(shown);
  });
});

test("plain text of any script stays as it is", () => {
  for (const text of ["", "plain", "größer", "日本語", "мир", "שלום", "é", "👍🏽", "a b c"])
    expect(harmless(text)).toBe(text);
});

test("lines stay lines only when asked for", () => {
  expect(harmless("a\r\nb\n", { lines: true })).toBe("a\nb\n");
  expect(harmless("a\nb")).toBe("a b");
});

test("a long hostile text takes no time to speak of", () => {
  for (const piece of [`${ESC}]`, `${ESC}[`, "\x9b0", "\r", `${ESC}P${ESC}`])
    expect(harmless(piece.repeat(50_000)).length).toBeLessThan(100_001);
});

property.prop([fc.string({ unit: "binary", maxLength: 60 })])(
  "whatever comes in, nothing that a terminal obeys comes out",
  (text) => {
    const shown = harmless(text, { lines: true });
    expect(shown).not.toMatch(
      /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/,
    );
    expect(shown.isWellFormed()).toBe(true);
    expect(harmless(shown, { lines: true })).toBe(shown);
  },
);
