/** What every change of one item over the wire has in common. */
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

export function tagOf(seq: number): { readonly etag: string } {
  return { etag: `"${seq}"` };
}

/** @throws ProblemError `precondition_failed` when the client has seen another version */
export function refuseOther(ifMatch: string | null, turn: ProjectTurn, number: number): void {
  if (ifMatch === null || ifMatch === "*") return;
  const { etag } = tagOf(turn.itemAt(number).seq);
  if (ifMatch.split(",").some((tag) => tag.trim() === etag)) return;
  throw new ProblemError(
    "precondition_failed",
    `expected the item as you have seen it, but it has changed since: it is ${etag} now`,
  );
}

/** Whether the client has this version already. Of tags that a proxy has made weak the version counts. */
export function isKnown(ifNoneMatch: string | null, seq: number): boolean {
  if (ifNoneMatch === null) return false;
  const { etag } = tagOf(seq);
  return ifNoneMatch.split(",").some((tag) => {
    const word = tag.trim();
    return word === "*" || word.replace(/^W\//, "") === etag;
  });
}
