import { parseAllDocuments } from "yaml";
import { nameOf, type Block } from "./blocks.ts";
import type { TypeFaults } from "./check-types.ts";
import { programFile, programText } from "./program.ts";
import type { Outcome, Workspace } from "./workspace.ts";

/** Does what a reader of this block would do, and answers what went wrong. */
export async function checkBlock(
  workspace: Workspace,
  block: Block,
  blocksOfPage: readonly Block[],
  typeFaults: TypeFaults,
): Promise<string | undefined> {
  const file = block.options.get("file");
  if (file !== undefined) workspace.write(file, block.text);
  switch (block.language) {
    case "ts":
      return checkCode(workspace, block, blocksOfPage, typeFaults);
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
  typeFaults: TypeFaults,
): Promise<string | undefined> {
  const name = programFile(block);
  workspace.write(name, programText(block, blocksOfPage));
  const faults = typeFaults(block);
  if (faults !== "") return `does not compile (lines are the page's):\n${faults}`;
  return block.options.has("norun") ? undefined : exitFault(block, await workspace.node(name));
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
