import { useState, type ReactNode } from "react";
import { FILTER_TERMS } from "../data/filter.ts";
import { SHORTCUTS, shortcutsAreOn, turnShortcuts } from "../frame/shortcuts.ts";
import { useBoard } from "../ui/board-context.ts";
import { Button, Kbd, Tick } from "../ui/controls.tsx";
import { DialogButtons, DialogFrame } from "./frame.tsx";

export function HelpDialog(): ReactNode {
  const { open, session } = useBoard();
  const [isOn, setOn] = useState(() => shortcutsAreOn(window));
  return (
    <DialogFrame title="Keys and help" wide>
      <dl className="grid grid-cols-2 gap-x-8 gap-y-1.5 max-sm:grid-cols-1">
        {SHORTCUTS.map(([keys, words]) => (
          <div key={keys} className="flex items-center gap-3">
            <dt className="w-20 shrink-0">
              <Kbd>{keys}</Kbd>
            </dt>
            <dd className="text-soft">{words}</dd>
          </div>
        ))}
      </dl>
      <Tick
        className="mt-4"
        isOn={isOn}
        onTick={(on) => {
          turnShortcuts(window, on);
          setOn(on);
        }}
      >
        Single keys do something
      </Tick>
      <h3 className="mt-5 font-semibold">The filter</h3>
      <p className="mt-1 text-soft">
        Words that the title or the key contain, and terms, all of which must hold:{" "}
        {FILTER_TERMS.map(({ name, sign }) => `${name}${sign}`).join(" ")}. A list means any of them, as in{" "}
        <code className="font-mono">state:failed,blocked</code>; <code className="font-mono">*</code> and{" "}
        <code className="font-mono">**</code> stand for anything, as in <code className="font-mono">file:src/**</code>;
        a minus turns a term round, as in <code className="font-mono">-worker:ada</code>;{" "}
        <code className="font-mono">slow&gt;5m</code> is claimed for longer than that.
      </p>
      <p className="mt-4 text-xs text-faint">
        Signalbox {session.version} · your token has the role {session.role}
      </p>
      <DialogButtons>
        <Button onClick={() => open(undefined)}>Close</Button>
      </DialogButtons>
    </DialogFrame>
  );
}
