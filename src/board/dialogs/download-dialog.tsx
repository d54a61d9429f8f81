/** Takes what is looked at along as a file: all items, or those that the filter lets through. */
import { useMutation } from "@tanstack/react-query";
import { useRef, useState, type ReactNode } from "react";
import { readLogEnd } from "../data/read-log.ts";
import { fileNameOf, KINDS, type Kind } from "../keep/kinds.ts";
import { give } from "../keep/give.ts";
import type { Scene } from "../keep/scene.ts";
import { Tried } from "../keep/tried.ts";
import { useBoard, useFilter, useMatching, usePicture } from "../ui/board-context.ts";
import { Button, Tick } from "../ui/controls.tsx";
import { countOf, plural } from "../ui/format.ts";
import { useRunState } from "../ui/use-run-state.ts";
import { wordsOf } from "../ui/use-steering.ts";
import { DialogButtons, DialogFrame } from "./frame.tsx";

/** Of a longer log only the end is read; what was tried before it is not told. */
const ROWS_MAX = 500_000;

export function DownloadDialog(): ReactNode {
  const { open, address } = useBoard();
  const picture = usePicture();
  const matching = useMatching();
  const { isEmpty } = useFilter();
  const [isAll, setAll] = useState(false);
  const items = isAll ? picture.items : matching;
  const { make, rowsRead } = useMake(items);
  return (
    <DialogFrame title="Download">
      <p className="text-soft">
        {plural(items.length, "item")} at version {countOf(picture.seq)}
        {!isAll && !isEmpty && `, those that the filter ${address.q} lets through`}. The file is made here, from what
        this server answers.
      </p>
      {!isEmpty && (
        <Tick className="mt-2" isOn={isAll} onTick={setAll}>
          All items, whatever the filter says
        </Tick>
      )}
      <ul className="mt-3 flex flex-col gap-1">
        {KINDS.map((kind) => (
          <KindRow
            key={kind.id}
            kind={kind}
            count={items.length}
            isBusy={make.isPending}
            onTake={() => make.mutate(kind)}
          />
        ))}
      </ul>
      <p role="status" className="mt-3 min-h-5 text-soft">
        {make.isPending && rowsRead > 0 && `Reading the log: ${countOf(rowsRead)} events`}
        {make.data !== undefined && `Made ${make.data}`}
      </p>
      {make.error !== null && (
        <p role="alert" className="text-failed">
          {wordsOf(make.error)}
        </p>
      )}
      <DialogButtons>
        <Button onClick={() => open(undefined)}>Close</Button>
      </DialogButtons>
    </DialogFrame>
  );
}

interface KindRowProps {
  readonly kind: Kind;
  readonly count: number;
  readonly isBusy: boolean;
  readonly onTake: () => void;
}

function KindRow({ kind, count, isBusy, onTake }: KindRowProps): ReactNode {
  const isTooMuch = count > kind.itemsMax;
  return (
    <li className="flex items-center gap-3 rounded-lg border border-line px-3 py-2">
      <span className="min-w-0 flex-1">
        <span className="block font-medium">{kind.name}</span>
        <span className="block text-xs text-soft">
          {isTooMuch ? `Of more than ${countOf(kind.itemsMax)} items nobody could read it: set a filter.` : kind.about}
        </span>
      </span>
      <Button disabled={isBusy || isTooMuch || count === 0} onClick={onTake} aria-label={`Download ${kind.name}`}>
        Download
      </Button>
    </li>
  );
}

function useMake(items: Scene["items"]) {
  const { api, project, env, address } = useBoard();
  const picture = usePicture();
  const [, state] = useRunState();
  const [rowsRead, setRowsRead] = useState(0);
  const making = useRef(new AbortController());
  const make = useMutation({
    mutationFn: async (kind: Kind) => {
      const tried = new Tried();
      const end = { rowsMax: ROWS_MAX, until: picture.seq };
      let count = 0;
      if (kind.needsLog)
        for await (const rows of readLogEnd(api, project.id, end, making.current.signal)) {
          tried.take(rows);
          setRowsRead((count += rows.length));
        }
      const now = address.at === undefined ? env.clock.now() : tried.latest;
      const scene: Scene = { project, picture, items, tried, now, state };
      const name = fileNameOf(scene, kind);
      give(document, name, kind.type, kind.write(scene));
      return name;
    },
  });
  return { make, rowsRead };
}
