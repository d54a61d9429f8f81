/** What a worker tells while it works: lines for people, or a line of JSON for each event. */
import { harmless } from "../../base/harmless.ts";
import { isoTime } from "../../base/iso-time.ts";
import type { Conflict, WorkItem } from "../../client/shapes.ts";
import type { Io } from "../io.ts";
import { jsonLine } from "../wire.ts";

/** How a claimed item left this worker. */
export type HeldEnding = "done" | "failed" | "released" | "cancelled" | "lost";

export type WorkNews =
  | { readonly event: "claimed"; readonly item: WorkItem; readonly fencingToken: number }
  | { readonly event: HeldEnding; readonly item: WorkItem; readonly why?: string; readonly files?: readonly string[] }
  | { readonly event: "conflict"; readonly item: WorkItem; readonly conflicts: readonly Conflict[] }
  | { readonly event: "unreachable"; readonly why: string }
  | { readonly event: "reached" }
  | { readonly event: "waiting"; readonly url: string }
  | { readonly event: "stopping"; readonly why: string };

export type TellWork = (news: WorkNews) => void;

/** JSON goes to stdout, words to stderr: what the commands print is in files. */
export function workTeller(io: Io, json: boolean): TellWork {
  if (json) return (news) => io.stdout.write(jsonLine({ at: isoTime(io.env.clock.now()), ...onWire(news) }));
  return (news) => io.stderr.write(`${harmless(inWords(news))}\n`);
}

function onWire(news: WorkNews): object {
  const event = `work.${news.event}`;
  if (!("item" in news)) return { ...news, event };
  const { key, id, attempt } = news.item;
  const about = { event, item: key, item_id: id, attempt };
  if (news.event === "claimed") return { ...about, fencing_token: news.fencingToken };
  if (news.event === "conflict")
    return {
      ...about,
      conflicts: news.conflicts.map(({ workItemId, agentId, conflictingFiles }) => ({
        work_item_id: workItemId,
        agent_id: agentId,
        conflicting_files: conflictingFiles,
      })),
    };
  const { why, files } = news;
  return { ...about, ...(why !== undefined && { why }), ...(files !== undefined && { files_modified: files }) };
}

function inWords(news: WorkNews): string {
  switch (news.event) {
    case "waiting":
      return `Working for ${news.url}. Ctrl-C gives back what is claimed.`;
    case "unreachable":
      return `The coordinator does not do what it is asked, trying on: ${news.why}`;
    case "reached":
      return "The coordinator is there again.";
    case "stopping":
      return `Stopping by ${news.why}: what is claimed is given back.`;
    case "claimed":
      return `${news.item.key}  claimed  ${news.item.title}`;
    case "conflict":
      return news.conflicts
        .map(
          ({ agentId, conflictingFiles: files }) =>
            `${news.item.key}  conflict  ${agentId} has ${files.join(", ")} in hand`,
        )
        .join("; ");
    default:
      return [news.item.key, news.event, news.why?.split("\n")[0], filesInWords(news.files)].filter(Boolean).join("  ");
  }
}

function filesInWords(files: readonly string[] | undefined): string {
  if (files === undefined || files.length === 0) return "";
  return `(${files.slice(0, 3).join(", ")}${files.length > 3 ? ` and ${files.length - 3} more` : ""})`;
}
