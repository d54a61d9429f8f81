/**
 * What a model can do with a coordinator, each tool one route: its arguments are those of the route's path, query and body, and are
 * checked there. The texts are all that the model knows of Signalbox. MCP means something else by "task", so they say "work item".
 */
import { z } from "zod";
import {
  CheckConflicts,
  ClaimItem,
  ClaimNext,
  CompleteItem,
  CreateItem,
  FailItem,
  HeartbeatItem,
  ItemPath,
  ListQuery,
  ProgressQuery,
  ProjectPath,
  ReleaseItem,
  StopItem,
} from "../schemas.ts";

export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly method: "GET" | "POST";
  /** `{name}` takes the argument of that name. */
  readonly path: string;
  readonly input: z.ZodObject;
  /** It only looks. */
  readonly readsOnly?: boolean;
  /** A list is an answer under this name: structured content is an object for the older clients. */
  readonly listName?: string;
  /** Said when the answer has no body. */
  readonly nothing?: string;
}

/** What a model is told when it connects. */
export const INSTRUCTIONS = `Signalbox hands out work items to agents that work in parallel on one project, and makes sure that no two of them hold the same item.

How to work:
1. claim_next_work_item gives you the item that should go first, with a fencing_token. Keep the token: everything you report needs it.
2. Do what title and description say. inputs of the claim holds what the items before it came to; notes holds what earlier holders left for you. Look at conflicts: files that another agent has in hand now.
3. Your claim is a lease. Call heartbeat_work_item before lease_expires_at (every third of the lease is good), with the files that you have touched. If it answers cancel_requested: true, or stale_fencing_token, stop: the item is no longer yours, and what you report is refused.
4. End it: complete_work_item with a summary and the files you changed, fail_work_item when it cannot be done, or release_work_item when you give it back without having tried. Then claim the next one.

When claim_next_work_item has nothing, ask again with wait_ms. To see why something does not go on, call explain_work_item; to see all, get_progress and list_work_items.
Every error has a stable code and says what to do next.`;

const idempotencyKey = z
  .string()
  .optional()
  .describe(
    "Any text of 1 to 200 printable characters that you use for this call only. When you do not know whether a call arrived, repeat it with the same key: it is done once and answers the same.",
  );

const keyed = { idempotency_key: idempotencyKey };

/** Clients give a call up after a minute; a claim that is granted then would be nobody's until its lease ends. */
const waitMs = z.int().min(0).max(45_000).optional().describe("How long to wait for a work item. Default 0.");

/** Path, query and body of a route as one list of arguments; what is unknown stays refused. */
const ofItem = (body: z.ZodObject): z.ZodObject => ItemPath.extend(body.shape);
const item = "/api/work-items/{id}";

export const TOOLS: readonly Tool[] = [
  {
    name: "list_work_items",
    title: "List work items",
    description:
      "Lists the work items of a project, oldest first, in pages; looks only. Ask for what you need: status: todo with ready: true is what waits for no other item, agent_id is what somebody holds, q searches titles and keys. If next_cursor is not null there is more: call again with it as cursor. To get something to work on call claim_next_work_item, not this.",
    method: "GET",
    path: "/api/work-items",
    // In a query it is a word.
    input: ListQuery.extend({ ready: z.boolean().optional() }),
    readsOnly: true,
  },
  {
    name: "get_work_item",
    title: "Look at a work item",
    description:
      "Answers one work item by its id or key: title, description, status (todo, claimed, done, failed, cancelled), who holds it, what it depends on, its result. Looks only.",
    method: "GET",
    path: item,
    input: ItemPath,
    readsOnly: true,
  },
  {
    name: "create_work_item",
    title: "Create a work item",
    description:
      "Creates a work item for some agent to claim. title is the only thing it must have; write into description all that somebody who knows nothing else needs to do it. dependencies are ids or keys of items that have to be done first. files are paths or globs that the work will touch, so that two agents do not change the same ones. priority 0 goes first, 9 last. attempts_max (default 1) is how often it may be tried, an agent that falls silent included. A work item never holds a command. Needs a token with the role plan.",
    method: "POST",
    path: "/api/work-items",
    input: CreateItem.extend(keyed),
  },
  {
    name: "claim_work_item",
    title: "Claim a certain work item",
    description:
      "Claims the work item that you name: it is yours, and nobody else's, until its lease ends. Answers the item, your fencing_token, lease_expires_at, the inputs that its dependencies left, the notes of earlier holders, and conflicts with files that others have in hand. Only an item that is todo and ready can be claimed. To get whatever should go first call claim_next_work_item.",
    method: "POST",
    path: `${item}/claim`,
    input: ofItem(ClaimItem).extend(keyed),
  },
  {
    name: "claim_next_work_item",
    title: "Claim the next work item",
    description:
      "Call this first. Claims the work item that should go first, for you alone, and answers it with your fencing_token, lease_expires_at, the inputs that its dependencies left, the notes of earlier holders, and conflicts with files that others have in hand. agent_id is your name, for people to read. wait_ms (up to 45000) waits for an item when there is none; item: null means that there was none in that time.",
    method: "POST",
    path: "/api/work-items/claim-next",
    input: ClaimNext.extend({ ...keyed, wait_ms: waitMs }),
    nothing:
      "No work item can be claimed now. Call claim_next_work_item again with wait_ms, or get_progress to see whether all are done.",
  },
  {
    name: "heartbeat_work_item",
    title: "Keep a claimed work item",
    description:
      "Renews the lease of a work item that you hold, from now on for lease_ms (default 5 minutes). Call it before lease_expires_at, again and again while you work; a lease that ends spends an attempt, and somebody else gets the item. Say with files what you have touched so far, with progress (0 to 1) how far you are, with note what the next holder should know if you do not come to the end. Answers conflicts with others who touch the same files, and cancel_requested: true when you are to stop.",
    method: "POST",
    path: `${item}/heartbeat`,
    input: ofItem(HeartbeatItem),
  },
  {
    name: "complete_work_item",
    title: "Report a work item as done",
    description:
      "Reports that a work item you hold is done. result_summary: what you did, for people and for whoever comes after. files_modified: every file that you changed ([] for none). output: any JSON for the items that depend on this one, which get it with the rest among their inputs. With this your claim ends.",
    method: "POST",
    path: `${item}/complete`,
    input: ofItem(CompleteItem).extend(keyed),
  },
  {
    name: "fail_work_item",
    title: "Report a work item as failed",
    description:
      "Reports that a work item you hold could not be done, and why (failure_reason). While it has attempts left it goes back to todo for another try; retryable: false says that trying again is of no use. With this your claim ends. If you merely cannot work on it now, call release_work_item.",
    method: "POST",
    path: `${item}/fail`,
    input: ofItem(FailItem).extend(keyed),
  },
  {
    name: "release_work_item",
    title: "Give a work item back",
    description:
      "Gives a work item that you hold back to todo without spending an attempt, for somebody else to claim. Say in reason what they should know. With this your claim ends.",
    method: "POST",
    path: `${item}/release`,
    input: ofItem(ReleaseItem).extend(keyed),
  },
  {
    name: "requeue_work_item",
    title: "Put a failed work item back",
    description:
      "Puts a work item that has failed for good back to todo, with all its attempts before it; what was held up by its failure goes on. Needs a token with the role plan.",
    method: "POST",
    path: `${item}/requeue`,
    input: ofItem(StopItem).extend(keyed),
  },
  {
    name: "check_conflicts",
    title: "See who has files in hand",
    description:
      "Answers which claimed work items have any of these files (paths or globs) in hand, and whose they are; an empty list means that nobody does. Call it before you touch files that you did not name when you claimed. work_item_id leaves your own item out. Looks only.",
    method: "POST",
    path: "/api/conflicts",
    input: CheckConflicts,
    readsOnly: true,
    listName: "conflicts",
  },
  {
    name: "get_progress",
    title: "See how far a project is",
    description:
      "Answers how many work items of a project there are in each state, all of one version: ready wait for no other item, blocked wait for others, claimed are being worked on. Leave project_id out for the project of the coordinator; parent_item_id counts only what is below that item. Looks only.",
    method: "GET",
    path: "/api/projects/{project_id}/progress",
    input: ProgressQuery.extend({ project_id: ProjectPath.shape.id.default("default") }),
    readsOnly: true,
  },
  {
    name: "explain_work_item",
    title: "See what holds a work item",
    description:
      "Answers in words what keeps a work item from going on: dependencies that are not done, who holds it, a limit on how many may be claimed at once, files in other hands, a delay before the next attempt. Looks only.",
    method: "GET",
    path: `${item}/why`,
    input: ItemPath,
    readsOnly: true,
  },
];
