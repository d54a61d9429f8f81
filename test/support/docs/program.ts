import { nameOf, type Block } from "./blocks.ts";

export function programFile(block: Block): string {
  return `${nameOf(block).replaceAll(/\W/g, "-")}.ts`;
}

/** The block with those before it that it goes on from; each line stands where it stands in the page, so that a message names that line. */
export function programText(block: Block, blocksOfPage: readonly Block[]): string {
  const lines: string[] = [];
  for (const each of programOf(block, blocksOfPage))
    lines.splice(each.line, each.text.length, ...padded(lines.length, each));
  return lines.join("\n");
}

function padded(length: number, block: Block): string[] {
  return [...Array<string>(Math.max(0, block.line - length)).fill(""), ...block.text.split("\n")];
}

function programOf(block: Block, blocksOfPage: readonly Block[]): Block[] {
  const program = [block];
  const before = blocksOfPage.filter((each) => each.language === "ts" && each.line < block.line);
  while (program[0]?.options.has("continues")) {
    const earlier = before.pop();
    if (earlier === undefined) throw new Error(`${nameOf(block)} continues a block, and there is none before it`);
    program.unshift(earlier);
  }
  return program;
}
