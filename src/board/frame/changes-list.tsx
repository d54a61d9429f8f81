/** What changed between two versions, item by item. */
import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useMemo, type ReactNode } from "react";
import { Changes, type Change } from "../data/changes.ts";
import { lampOf, LAMPS, type Lamp } from "../data/lamp.ts";
import { readLog } from "../data/read-log.ts";
import { useBoard, useFilter, useMatching, usePicture } from "../ui/board-context.ts";
import { Empty, IconButton } from "../ui/controls.tsx";
import { clockOf, countOf, dateOf, listOf, plural } from "../ui/format.ts";
import { rowInWords } from "../ui/row-in-words.ts";
import { StateMark } from "../ui/state-mark.tsx";
import { wordsOf } from "../ui/use-steering.ts";
import { VirtualList } from "../ui/virtual-list.tsx";

/** More events than these are not gone through for one look. */
const EVENTS_MAX = 200_000;

export interface ChangesListProps {
  readonly since: number;
  readonly at: number;
}

export function ChangesList({ since, at }: ChangesListProps): ReactNode {
  const { go } = useBoard();
  const [after, until] = since <= at ? [since, at] : [at, since];
  const { data, error } = useChanges(after, until);
  const shown = useShown(data);
  return (
    <section
      aria-label="Changes"
      className="flex h-[38vh] shrink-0 flex-col border-b border-line bg-surface max-md:h-[50vh]"
    >
      <div className="flex items-center gap-3 px-4 pt-2 pb-1">
        <h2 className="font-semibold">
          What changed from version {countOf(after)} to {countOf(until)}
        </h2>
        <span role="status" className="text-xs text-faint">
          {shown === undefined ? "" : plural(shown.length, "change")}
        </span>
        <span className="flex-1" />
        <IconButton label="Close the comparison" onClick={() => go({ since: undefined }, "replace")}>
          <X size={14} aria-hidden />
        </IconButton>
      </div>
      {error !== null ? (
        <p role="alert" className="px-4 pb-2 text-failed">
          {wordsOf(error)}
        </p>
      ) : shown === undefined ? (
        <Empty title="Reading the log" />
      ) : shown.length === 0 ? (
        <Empty title="Nothing changed between these versions" />
      ) : (
        <VirtualList
          items={shown}
          rowHeight={30}
          keyOf={({ id }) => id ?? "run"}
          label="Changes by item"
          className="flex-1"
          row={(change) => <ChangeRow change={change} />}
        />
      )}
    </section>
  );
}

function useChanges(after: number, until: number) {
  const { api, project } = useBoard();
  return useQuery({
    queryKey: ["changes", project.id, after, until],
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    structuralSharing: false,
    queryFn: async ({ signal }) => {
      if (until - after > EVENTS_MAX)
        throw new Error(
          `expected versions at most ${countOf(EVENTS_MAX)} apart, got ${countOf(until - after)}; bring them closer together`,
        );
      const changes = new Changes();
      for await (const rows of readLog(api, project.id, { after, until }, signal)) changes.take(rows);
      return changes.list();
    },
  });
}

/** Those of the items that the filter lets through; the run itself when there is none. */
function useShown(changes: readonly Change[] | undefined): readonly Change[] | undefined {
  const { isEmpty } = useFilter();
  const matching = useMatching();
  return useMemo(() => {
    if (isEmpty || changes === undefined) return changes;
    const ids = new Set<string | undefined>(matching.map(({ id }) => id));
    return changes.filter(({ id }) => ids.has(id));
  }, [isEmpty, matching, changes]);
}

function ChangeRow({ change }: { readonly change: Change }): ReactNode {
  const { go, address } = useBoard();
  const picture = usePicture();
  const { id, key, from, to, edited, actors, count, last } = change;
  const inside = (
    <>
      <span className="flex w-52 shrink-0 items-center gap-1.5 max-md:w-40">
        <State state={from} />
        <span aria-hidden className="text-faint">
          →
        </span>
        <span className="sr-only">to</span>
        <State state={to} />
      </span>
      <span className="w-64 shrink-0 truncate font-medium max-md:w-32">
        {(id === undefined ? undefined : picture.item(id)?.title) ?? key ?? "the run"}
      </span>
      <span className="min-w-0 flex-1 truncate text-soft">
        {[
          edited.length > 0 ? `changed ${edited.join(", ")}` : "",
          rowInWords(last),
          count > 1 ? plural(count, "event") : "",
        ]
          .filter((part) => part !== "")
          .join(" · ")}
      </span>
      <span className="max-w-40 shrink-0 truncate text-xs text-soft max-md:hidden">{listOf(actors)}</span>
      <time dateTime={last.at} title={dateOf(last.at)} className="shrink-0 font-mono text-xs text-faint">
        {clockOf(last.at)}
      </time>
    </>
  );
  const look = "flex h-full w-full items-center gap-3 px-4 text-left";
  if (id === undefined) return <div className={look}>{inside}</div>;
  return (
    <button
      type="button"
      data-item={key}
      aria-pressed={address.item === id}
      className={`${look} hover:bg-sunken ${address.item === id ? "bg-sunken" : ""}`}
      onClick={() => go({ item: id })}
    >
      {inside}
    </button>
  );
}

function State({ state }: { readonly state: string }): ReactNode {
  const lamp: Lamp | undefined =
    state === "todo" ? lampOf({ status: "todo", ready: true }) : LAMPS.find((each) => each === state);
  return (
    <span className="flex items-center gap-1 text-xs">
      {lamp !== undefined && <StateMark lamp={lamp} size={12} />}
      {state}
    </span>
  );
}
