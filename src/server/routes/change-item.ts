/** What every change of one item over the wire has in common. */
import { crc32 } from "node:zlib";
import type { RequestKey } from "../../engine/turn.ts";
import type { Coordinator, FoundItem } from "../coordinator.ts";
import type { WireItem } from "../item-view.ts";
import { ProblemError } from "../problem.ts";
import type { ProjectTurn } from "../project.ts";
import type { Answer } from "../route.ts";

interface ItemCall {
  readonly params: { readonly id: string };
  readonly request: RequestKey | undefined;
  readonly headers: { get(name: string): string | null };
}

/** Changes the item of the path, if it is of the version that `If-Match` names, and answers it as it is then. */
export function changeItem(
  coordinator: Coordinator,
  call: ItemCall,
  change: (turn: ProjectTurn, item: FoundItem) => void,
): Promise<Answer> {
  const item = coordinator.item(call.params.id);
  const { project, number } = item;
  return project.change(call, (turn) => {
    refuseOther(call.headers.get("if-match"), turn, number);
    change(turn, item);
    return answerWith(200, project.viewIn(turn, turn.itemAt(number)));
  });
}

/** An answer that is about an item carries its version. */
export function answerWith(status: number, item: WireItem, body: object = item, headers: object = {}): Answer {
  return { status, body, headers: { ...headers, ...tagOf(item.seq) } };
}

/** The tag of a change's answer: the version, which `If-Match` takes. It says nothing of a body. */
function tagOf(seq: number): { readonly etag: string } {
  return { etag: `"${seq}"` };
}

/**
 * The answer to who looks at an item. Its tag names the body too: what others do changes whether an item is ready, and a heartbeat
 * when its lease ends, and neither is a new version of it.
 */
export function shownItem(item: WireItem, ifNoneMatch: string | null): Answer {
  const etag = `"${item.seq}.${crc32(JSON.stringify(item)).toString(16)}"`;
  if (isKnown(ifNoneMatch, etag)) return { status: 304, headers: { etag } };
  return { status: 200, body: item, headers: { etag } };
}

/** A version, with or without the checksum of a body behind it. */
const VERSION_TAG = /^"(\d+)(?:\.[0-9a-f]+)?"$/;

/** @throws ProblemError `precondition_failed` when the client has seen another version */
export function refuseOther(ifMatch: string | null, turn: ProjectTurn, number: number): void {
  if (ifMatch === null || ifMatch === "*") return;
  const { seq } = turn.itemAt(number);
  if (ifMatch.split(",").some((tag) => VERSION_TAG.exec(tag.trim())?.[1] === `${seq}`)) return;
  throw new ProblemError(
    "precondition_failed",
    `expected the item as you have seen it, but it has changed since: it is ${tagOf(seq).etag} now`,
  );
}

/** Whether the client has this body already. Of tags that a proxy has made weak the tag counts. */
function isKnown(ifNoneMatch: string | null, etag: string): boolean {
  if (ifNoneMatch === null) return false;
  return ifNoneMatch.split(",").some((tag) => {
    const word = tag.trim();
    return word === "*" || word.replace(/^W\//, "") === etag;
  });
}
