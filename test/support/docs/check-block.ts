import { parseAllDocuments } from "yaml";
import { nameOf, type Block } from "./blocks.ts";
import { typeFaults } from "./check-types.ts";
import type { Outcome, Workspace } from "./workspace.ts";

/** Does what a reader of this block would do, and answers what went wrong. */
export async function checkBlock(
  workspace: Workspace,
  block: Block,
  blocksOfPage: readonly Block[],
): Promise<string | undefined> {
  const file = block.options.get("file");
  if (file !== undefined) workspace.write(file, block.text);
  switch (block.language) {
    case "ts":
      return checkCode(workspace, block, blocksOfPage);
    case "sh":
      return block.options.has("norun") ? undefined : exitFault(block, await workspace.shell(block.text));
    case "yaml":
    case "json":
      return checkData(workspace, block);
    case "ndjson":
      return ndjsonFault(block.text);
    default:
      return undefined;
  }
}

async function checkCode(
  workspace: Workspace,
  block: Block,
  blocksOfPage: readonly Block[],
): Promise<string | undefined> {
  const name = `${nameOf(block).replaceAll(/\W/g, "-")}.ts`;
  // Each line stands where it stands in the page, so that a compiler's message names the page's line.
  const lines: string[] = [];
  for (const each of programOf(block, blocksOfPage))
    lines.splice(each.line, each.text.length, ...padded(lines.length, each));
  workspace.write(name, lines.join("\n"));
  const faults = await typeFaults(workspace, name);
  if (faults !== "") return `does not compile (lines are the page's):\n${faults}`;
  return block.options.has("norun") ? undefined : exitFault(block, await workspace.node(name));
}

function padded(length: number, block: Block): string[] {
  return [...Array<string>(Math.max(0, block.line - length)).fill(""), ...block.text.split("\n")];
}

/** The block with those before it that it goes on from. */
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

async function checkData(workspace: Workspace, block: Block): Promise<string | undefined> {
  const documents = parseAllDocuments(block.text);
  const errors = "empty" in documents ? [] : documents.flatMap((document) => document.errors);
  if (errors[0] !== undefined) return errors[0].message;
  if (block.language === "json") JSON.parse(block.text);
  if (!/^(\s*"tasks"|tasks)\s*:/m.test(block.text)) return undefined;
  const name = block.options.get("file") ?? `${nameOf(block).replaceAll(/\W/g, "-")}.${block.language}`;
  workspace.write(name, block.text);
  return exitFault(block, await workspace.shell(`signalbox check "${name}"`));
}

function ndjsonFault(text: string): string | undefined {
  for (const line of text.trim().split("\n")) JSON.parse(line);
  return undefined;
}

function exitFault(block: Block, { code, output }: Outcome): string | undefined {
  const expected = Number(block.options.get("exit") ?? 0);
  return code === expected ? undefined : `ended with ${code ?? "a timeout"}, expected ${expected}:\n${output}`;
}
