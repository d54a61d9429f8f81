/** Which project, how it is, and what can be done to all of it. */
import { useSelector } from "@xstate/react";
import { CircleHelp, Download, History, Moon, Pause, Play, Plus, Search, Sun, SunMoon, Waypoints } from "lucide-react";
import { useMemo, useState, type ReactNode } from "react";
import { failuresOf } from "../data/failures.ts";
import { paceOf } from "../data/pace.ts";
import type { Project } from "../data/wire.ts";
import { takesChanges } from "../data/item-store.ts";
import { useBoard, useLivePicture, usePicture } from "../ui/board-context.ts";
import { Button, ICON_LINK, IconButton } from "../ui/controls.tsx";
import { countOf, roughly } from "../ui/format.ts";
import { chooseTheme, storedTheme, THEMES, type Theme } from "../ui/theme.ts";
import { usePressure } from "../ui/use-pressure.ts";
import { useRunState } from "../ui/use-run-state.ts";
import { useNow } from "../ui/use-now.ts";
import { usePause } from "../ui/use-steering.ts";
import { Mark } from "./mark.tsx";

export function TopBar({ projects }: { readonly projects: readonly Project[] }): ReactNode {
  const { open, mayChange, session } = useBoard();
  const isTaking = takesChanges(useLivePicture());
  return (
    <header className="flex h-13 shrink-0 items-center gap-3 border-b border-line bg-surface px-4 max-lg:h-auto max-lg:flex-wrap max-lg:py-2">
      <Mark />
      <ProjectPicker projects={projects} />
      <StatePill />
      <Slots />
      <Eta />
      <Pressure />
      <span className="flex-1" />
      {!mayChange && isTaking && (
        <span
          title={`Your token has the role ${session.role}: it may look, not change`}
          className="rounded-full border border-line px-2 py-0.5 text-2xs font-medium text-soft"
        >
          Read only
        </span>
      )}
      <LiveSign />
      {mayChange && <PauseButton />}
      {mayChange && (
        <Button look="danger" onClick={() => open({ kind: "bulk", verb: "cancel" })}>
          Cancel…
        </Button>
      )}
      {mayChange && (
        <Button look="main" onClick={() => open({ kind: "create" })}>
          <Plus size={14} aria-hidden />
          New item
        </Button>
      )}
      <span className="ml-auto flex">
        <IconButton label="Find an item" keys="Ctrl K" onClick={() => open({ kind: "find" })}>
          <Search size={15} aria-hidden />
        </IconButton>
        <PastButton />
        <IconButton label="Download" keys="d" onClick={() => open({ kind: "download" })}>
          <Download size={15} aria-hidden />
        </IconButton>
        {session.inspect && (session.role === "plan" || session.role === "admin") && (
          // In this tab: another one would not have its token.
          <a href="/inspect" aria-label="What the actors do" data-tip="What the actors do" className={ICON_LINK}>
            <Waypoints size={15} aria-hidden />
          </a>
        )}
        <ThemeButton />
        <IconButton label="Keys and help" keys="?" onClick={() => open({ kind: "help" })}>
          <CircleHelp size={15} aria-hidden />
        </IconButton>
      </span>
    </header>
  );
}

function ProjectPicker({ projects }: { readonly projects: readonly Project[] }): ReactNode {
  const { project, go } = useBoard();
  if (projects.length < 2) return <strong className="max-w-60 truncate text-base font-semibold">{project.name}</strong>;
  return (
    <select
      aria-label="Project"
      value={project.id}
      onChange={(event) => go({ project: event.target.value, item: undefined, at: undefined, since: undefined })}
      className="h-7 max-w-60 rounded-md border border-line bg-surface px-2 font-semibold"
    >
      {projects.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </select>
  );
}

function StatePill(): ReactNode {
  const [lamp, word] = useRunState();
  return (
    <span data-lamp={lamp} className="lamp-tint rounded-full px-2.5 py-0.5 text-xs font-semibold whitespace-nowrap">
      {word}
    </span>
  );
}

/** How many places are taken; segments while they can be told apart. */
function Slots(): ReactNode {
  const { counts, liveItemsMax } = usePicture();
  const { claimed } = counts;
  const segments = Math.min(liveItemsMax, 16);
  const lit = liveItemsMax === 0 ? 0 : Math.ceil((claimed / liveItemsMax) * segments);
  return (
    <div
      className="flex items-center gap-2"
      role="meter"
      aria-label="Slots taken"
      aria-valuemin={0}
      aria-valuemax={liveItemsMax}
      aria-valuenow={claimed}
      aria-valuetext={`${claimed} of ${liveItemsMax} slots are taken`}
    >
      <span className="whitespace-nowrap text-soft">
        <b className="font-semibold text-ink">{countOf(claimed)}</b> of {countOf(liveItemsMax)} slots
      </span>
      <span aria-hidden className="flex gap-0.5 max-lg:hidden">
        {Array.from({ length: segments }, (_, n) => (
          <span
            key={n}
            data-lamp="claimed"
            className={`h-3 w-1 rounded-sm ${n < lit ? "lamp-bar" : "bg-line-strong opacity-50"}`}
          />
        ))}
      </span>
    </div>
  );
}

const PACE_MS = 5_000;

function Eta(): ReactNode {
  const { feed, past = feed.items } = useBoard();
  const isTaking = takesChanges(usePicture());
  // Every item is looked at: not with each change, and a pace does not need to be newer than this.
  const moment = Math.floor(useNow() / PACE_MS) * PACE_MS;
  const { perMinute, remainingMs } = useMemo(() => {
    const picture = past.picture();
    return paceOf(picture, failuresOf(picture).held.size, moment);
  }, [past, moment]);
  if (!isTaking || perMinute === 0 || remainingMs === undefined || remainingMs === 0) return null;
  return (
    <span
      title={`${perMinute.toFixed(perMinute < 10 ? 1 : 0)} items a minute over the last ten`}
      className="whitespace-nowrap text-soft"
    >
      <b className="font-semibold text-ink">{roughly(remainingMs)}</b> to go
    </span>
  );
}

/** Why the machine holds new items back, in the words of the event that said so. */
function Pressure(): ReactNode {
  const pressure = usePressure();
  if (pressure === undefined) return null;
  return (
    <span data-lamp="blocked" className="lamp-tint max-w-72 truncate rounded-full px-2.5 py-0.5 text-xs font-medium">
      {pressure}
    </span>
  );
}

function LiveSign(): ReactNode {
  const { feed } = useBoard();
  const value = useSelector(feed.connection, (state) => state.value);
  const isLive = value === "live" || value === "ended";
  return (
    <span className="flex items-center gap-1.5 text-xs whitespace-nowrap text-soft" data-live={isLive}>
      <span
        aria-hidden
        data-lamp={isLive ? "done" : "blocked"}
        className={`lamp-bar size-1.5 rounded-full ${isLive ? "" : "animate-pulse"}`}
      />
      {value === "ended" ? "Ended" : isLive ? "Live" : value === "asleep" ? "Asleep" : "Not live"}
    </span>
  );
}

function PauseButton(): ReactNode {
  const { isPaused, toggle, isUnderWay } = usePause();
  return (
    <Button onClick={toggle} disabled={isUnderWay}>
      {isPaused ? <Play size={13} aria-hidden /> : <Pause size={13} aria-hidden />}
      {isPaused ? "Resume" : "Pause"}
    </Button>
  );
}

const THEME_WORDS: Readonly<Record<Theme, string>> = { system: "as the system", light: "light", dark: "dark" };
const THEME_SIGNS = { system: SunMoon, light: Sun, dark: Moon } as const;

function PastButton(): ReactNode {
  const { address, go, feed } = useBoard();
  const isPast = address.at !== undefined;
  return (
    <IconButton
      label={isPast ? "Back to now" : "Look at earlier versions"}
      aria-pressed={isPast}
      onClick={() => go({ at: isPast ? undefined : feed.items.picture().seq, since: undefined })}
    >
      <History size={15} aria-hidden />
    </IconButton>
  );
}

/** One button through all three. */
function ThemeButton(): ReactNode {
  const [theme, setTheme] = useState(() => storedTheme(window));
  const Sign = THEME_SIGNS[theme];
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]!;
  const change = (): void => {
    chooseTheme(window, next);
    setTheme(next);
  };
  return (
    <IconButton label={`Theme: ${THEME_WORDS[theme]}`} onClick={change}>
      <Sign size={15} aria-hidden />
    </IconButton>
  );
}
