/** Looks at an earlier version of everything: the same views, of a picture of the past. */
import { useQuery } from "@tanstack/react-query";
import { ChevronLeft, ChevronRight, History } from "lucide-react";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { LAMPS, LAMP_WORDS } from "../data/lamp.ts";
import type { AuditPage } from "../data/wire.ts";
import { useBoard, useLivePicture, usePicture } from "../ui/board-context.ts";
import { Button, IconButton } from "../ui/controls.tsx";
import { countOf, dateOf } from "../ui/format.ts";
import { rowInWords } from "../ui/row-in-words.ts";
import { useVersion } from "../ui/use-version.ts";
import { ChangesList } from "./changes-list.tsx";

/** The bar above the views while the past is shown. */
export function TimeBar({ at }: { readonly at: number }): ReactNode {
  const { address, go } = useBoard();
  const { seq } = useLivePicture();
  const first = useFirst();
  const { since } = address;
  const inRange = (version: number): number => Math.min(seq, Math.max(first, version));
  const look = (version: number): void => go({ at: inRange(version) }, "replace");
  const compare = (version: number): void => go({ since: inRange(version) }, "replace");
  return (
    <>
      <Bar {...{ at, seq, first, look, compare }} />
      {since !== undefined && <ChangesList since={since} at={at} />}
    </>
  );
}

interface BarProps {
  readonly at: number;
  readonly seq: number;
  readonly first: number;
  readonly look: (version: number) => void;
  readonly compare: (version: number) => void;
}

/** How far back a comparison begins, until somebody says otherwise. */
const COMPARED = 100;

function Bar({ at, seq, first, look, compare }: BarProps): ReactNode {
  const { address, go } = useBoard();
  return (
    <section
      aria-label="Version"
      data-lamp="ready"
      className="lamp-tint flex shrink-0 flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-4 py-1.5"
    >
      <History size={14} aria-hidden />
      <strong className="font-semibold">Version {countOf(at)}</strong>
      <IconButton label="One version back" onClick={() => look(at - 1)}>
        <ChevronLeft size={14} aria-hidden />
      </IconButton>
      <Scrubber label="Version to look at" {...{ at, seq, first }} onChange={look} />
      <IconButton label="One version on" onClick={() => look(at + 1)}>
        <ChevronRight size={14} aria-hidden />
      </IconButton>
      {address.since === undefined ? (
        <Button onClick={() => compare(at - COMPARED)}>Compare</Button>
      ) : (
        <>
          <span className="text-xs">with version {countOf(address.since)}</span>
          <Scrubber label="Version to compare with" at={address.since} {...{ seq, first }} onChange={compare} />
        </>
      )}
      <WhatHappened at={at} />
      <SinceThen />
      <Button onClick={() => go({ at: undefined, since: undefined })}>Back to now</Button>
    </section>
  );
}

/** The oldest version that can be looked at: what was compacted is not there any more. */
function useFirst(): number {
  const { api, project } = useBoard();
  const { data } = useQuery({
    queryKey: ["first", project.id],
    queryFn: ({ signal }) => api.get<AuditPage>(`/api/projects/${project.id}/audit?limit=1`, { signal }),
  });
  return Math.max(1, (data?.rows[0]?.seq ?? 1) - 1);
}

interface ScrubberProps {
  readonly label: string;
  readonly first: number;
  readonly at: number;
  readonly seq: number;
  readonly onChange: (version: number) => void;
}

/** The page follows a knob that rests for so long, however it is moved: what assists people may send neither keys nor a pointer. */
const REST_MS = 200;

/** While it is moved the place of the knob is its own. */
function Scrubber({ label, at, seq, first, onChange }: ScrubberProps): ReactNode {
  const { env } = useBoard();
  const [dragged, setDragged] = useState<number>();
  const stop = useRef(() => {});
  useEffect(() => () => stop.current(), []);
  const move = (version: number): void => {
    setDragged(version);
    stop.current();
    stop.current = env.timers.after(REST_MS, () => {
      setDragged(undefined);
      onChange(version);
    });
  };
  return (
    <input
      type="range"
      aria-label={label}
      min={first}
      max={Math.max(first, seq)}
      value={dragged ?? at}
      onChange={(event) => move(Number(event.target.value))}
      className="w-56 accent-accent max-md:w-full"
    />
  );
}

/** The event that made this version. */
function WhatHappened({ at }: { readonly at: number }): ReactNode {
  const { api, project } = useBoard();
  const row = useVersion(api, project.id, at);
  if (row === undefined) return <span className="min-w-0 flex-1" />;
  return (
    <span className="min-w-0 flex-1 truncate text-xs">
      {dateOf(row.at)} · {row.event} {row.item} {rowInWords(row)}
    </span>
  );
}

/** How the counts differ from the present ones. */
function SinceThen(): ReactNode {
  const past = usePicture().counts;
  const present = useLivePicture().counts;
  const changed = LAMPS.filter((lamp) => past[lamp] !== present[lamp]);
  if (changed.length === 0) return null;
  return (
    <span className="text-xs whitespace-nowrap">
      since then:{" "}
      {changed.map((lamp) => `${LAMP_WORDS[lamp].toLowerCase()} ${past[lamp]} → ${present[lamp]}`).join(", ")}
    </span>
  );
}
