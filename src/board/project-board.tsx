/** The page about one project: its feed, its frame, and the view that the address names. */
import {
  lazy,
  Suspense,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
  type ComponentType,
  type ReactNode,
} from "react";
import type { PageEnv } from "./data/page-env.ts";
import type { Address, View } from "./data/address.ts";
import type { Api } from "./data/api.ts";
import { Feed } from "./data/feed.ts";
import type { Project, Session } from "./data/wire.ts";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { ItemStore, takesChanges } from "./data/item-store.ts";
import { readPast } from "./data/past-items.ts";
import { FilterRow } from "./frame/filter-row.tsx";
import { ConnectionBanner } from "./frame/connection-banner.tsx";
import { LiveSummary } from "./frame/live-summary.tsx";
import { Strip } from "./frame/strip.tsx";
import { TopBar } from "./frame/top-bar.tsx";
import { useKeyboard } from "./frame/use-keyboard.ts";
import { BoardContext, useBoard, useMatching, usePicture, type Board, type DialogOf } from "./ui/board-context.ts";
import { Empty } from "./ui/controls.tsx";
import { FaultLine } from "./ui/fault-line.tsx";
import type { Go } from "./ui/use-address.ts";
import { useVersion } from "./ui/use-version.ts";
import type { ViewProps } from "./views/view.ts";

export interface ProjectBoardProps {
  readonly api: Api;
  readonly env: PageEnv;
  readonly session: Session;
  readonly projects: readonly Project[];
  readonly project: Project;
  readonly address: Address;
  readonly go: Go;
  readonly onRefused: (why: string) => void;
}

// Each comes when it is first shown, so that the first page has little to read.
const Dialogs = lazy(() => import("./dialogs/dialogs.tsx").then((each) => ({ default: each.Dialogs })));
const ItemPanel = lazy(() => import("./panel/item-panel.tsx").then((each) => ({ default: each.ItemPanel })));
const TimeBar = lazy(() => import("./frame/time-bar.tsx").then((each) => ({ default: each.TimeBar })));
const LOADERS = {
  lanes: () => import("./views/lanes-view.tsx").then((each) => ({ default: each.LanesView })),
  board: () => import("./views/board-view.tsx").then((each) => ({ default: each.BoardView })),
  timeline: () => import("./views/timeline/timeline-view.tsx").then((each) => ({ default: each.TimelineView })),
  graph: () => import("./views/graph/graph-view.tsx").then((each) => ({ default: each.GraphView })),
  log: () => import("./views/log/log-view.tsx").then((each) => ({ default: each.LogView })),
};
const VIEWS = {
  lanes: lazy(LOADERS.lanes),
  board: lazy(LOADERS.board),
  timeline: lazy(LOADERS.timeline),
  graph: lazy(LOADERS.graph),
  log: lazy(LOADERS.log),
} satisfies Readonly<Record<View, ComponentType<ViewProps>>>;

export function ProjectBoard(props: ProjectBoardProps): ReactNode {
  const { api, env, session, project, projects, address, go } = props;
  // On its way while the items are: they come first only where they are few.
  useState(() => void LOADERS[address.view]().catch(() => {}));
  const feed = useFeed(props);
  const [said, say] = useSaid(env);
  const [dialog, open] = useState<DialogOf>();
  const { past, pastProblem, pastNow } = usePast(props);
  const isTaking = useSyncExternalStore(feed.items.subscribe, () => takesChanges(feed.items.picture()));
  const isOpen = address.at === undefined && isTaking;
  const mayChange = isOpen && (session.role === "plan" || session.role === "admin");
  const mayWork = isOpen && session.role !== "read";
  const board = useMemo<Board>(
    () => ({ api, env, session, project, feed, past, pastNow, address, go, mayChange, mayWork, say, dialog, open }),
    [api, env, session, project, feed, past, pastNow, address, go, mayChange, mayWork, say, dialog],
  );
  return (
    <BoardContext value={board}>
      <div className="flex h-full min-w-0 flex-col">
        <TopBar projects={projects} />
        <ConnectionBanner />
        <Strip />
        <FilterRow />
        {address.at !== undefined && (
          <Suspense>
            <TimeBar at={address.at} />
          </Suspense>
        )}
        <Middle problem={pastProblem} />
        {dialog !== undefined && (
          <Suspense>
            <Dialogs />
          </Suspense>
        )}
        <LiveSummary />
        <p role="status" className={said === "" ? "sr-only" : SAID}>
          {said}
        </p>
      </div>
    </BoardContext>
  );
}

const SAID =
  "fixed bottom-4 left-1/2 z-50 -translate-x-1/2 rounded-lg bg-ink px-3 py-2 font-medium text-surface shadow-float";

/** `problem`: why the version that is asked for is not shown. */
function Middle({ problem }: { readonly problem: string | undefined }): ReactNode {
  const { address, go, feed, api, project } = useBoard();
  const picture = usePicture();
  const matching = useMatching();
  useKeyboard(matching);
  const onSelect = useCallback((item: string | undefined) => go({ item }), [go]);
  useFocusBack(address.item === undefined ? undefined : picture.item(address.item)?.key);
  const Chosen = VIEWS[address.view];
  return (
    <div className="flex min-h-0 flex-1">
      <main className={`min-h-0 min-w-0 flex-1 ${address.item === undefined ? "" : "max-md:hidden"}`} id="view">
        {problem !== undefined ? (
          <Empty title="This version cannot be shown">
            <p role="alert">{problem}</p>
          </Empty>
        ) : picture.seq === 0 && (address.at !== undefined || feed.connection.getSnapshot().value !== "live") ? (
          <Empty title="Loading the work items" />
        ) : (
          <FaultLine about={address.view}>
            <Suspense fallback={<Empty title="Loading the view" />}>
              <Chosen {...{ picture, matching, selected: address.item, onSelect, api, projectId: project.id }} />
            </Suspense>
          </FaultLine>
        )}
      </main>
      {address.item !== undefined && (
        <FaultLine about={address.item}>
          <Suspense>
            <ItemPanel key={address.item} id={address.item} />
          </Suspense>
        </FaultLine>
      )}
    </div>
  );
}

/** Whoever closes an item goes on where it stands. */
function useFocusBack(key: string | undefined): void {
  const last = useRef(key);
  useEffect(() => {
    const closed = key === undefined ? last.current : undefined;
    last.current = key;
    if (closed === undefined || document.activeElement !== document.body) return;
    const found = document.querySelector<HTMLElement>(`#view [data-item="${CSS.escape(closed)}"]`);
    found?.focus({ preventScroll: true });
  }, [key]);
}

function useFeed({ api, env, project, onRefused }: ProjectBoardProps): Feed {
  const isShown = useCallback(() => document.visibilityState === "visible", []);
  const [feed] = useState(() => new Feed({ api, env, projectId: project.id, isShown }));
  useEffect(() => {
    const look = (): void => feed.see(isShown());
    const watch = feed.connection.subscribe(({ value, context }) => {
      if (value === "refused") onRefused(context.why);
    });
    feed.start();
    document.addEventListener("visibilitychange", look);
    return () => {
      document.removeEventListener("visibilitychange", look);
      watch.unsubscribe();
      feed.stop();
    };
  }, [feed, isShown, onRefused]);
  return feed;
}

interface Past {
  readonly past: ItemStore | undefined;
  readonly pastProblem: string | undefined;
  readonly pastNow: number | undefined;
}

/** The items at the version that the address names; nothing until they are there, never those of another time. */
function usePast({ api, project, address: { at } }: ProjectBoardProps): Past {
  const [nothing] = useState(() => new ItemStore());
  const { data, error } = useQuery({
    queryKey: ["past", project.id, at],
    enabled: at !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 30_000,
    placeholderData: keepPreviousData,
    structuralSharing: false,
    queryFn: ({ signal }) => readPast(api, project.id, at ?? 0, signal),
  });
  const row = useVersion(api, project.id, at);
  if (at === undefined) return { past: undefined, pastProblem: undefined, pastNow: undefined };
  const pastNow = row === undefined ? undefined : Date.parse(row.at);
  return { past: error === null ? (data ?? nothing) : nothing, pastProblem: error?.message, pastNow };
}

/** Words that stand for a few seconds. */
function useSaid(env: PageEnv): readonly [string, (words: string) => void] {
  const [said, setSaid] = useState("");
  const stop = useRef(() => {});
  const say = useCallback(
    (words: string) => {
      stop.current();
      setSaid(words);
      stop.current = env.timers.after(4_000, () => setSaid(""));
    },
    [env],
  );
  return [said, say];
}
