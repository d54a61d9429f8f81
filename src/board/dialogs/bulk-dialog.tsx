import { useMachine } from "@xstate/react";
import { useEffect, useMemo, useRef, type ReactNode } from "react";
import { bulkMachine } from "../data/bulk.ts";
import { canNow, type PlanEvent } from "../data/item-events.ts";
import type { Item } from "../data/wire.ts";
import { useBoard, useFilter, useMatching } from "../ui/board-context.ts";
import { Button, ProgressBar } from "../ui/controls.tsx";
import { countOf, plural } from "../ui/format.ts";
import { wordsOf } from "../ui/use-steering.ts";
import { DialogButtons, DialogFrame } from "./frame.tsx";

/** Requests under way at once. */
const AT_ONCE = 4;
const VERBS = ["requeue", "cancel"] as const;
const WORDS: Readonly<Record<PlanEvent, { readonly name: string; readonly about: string }>> = {
  requeue: { name: "Requeue", about: "Failed items go back to be tried again, with all their attempts before them." },
  cancel: { name: "Cancel", about: "Items that are not done are cancelled, for good." },
};

/** An action on every item that the filter lets through; says first how many it would change. */
export function BulkDialog({ verb: first }: { readonly verb: PlanEvent }): ReactNode {
  const { api, open, address } = useBoard();
  const { isEmpty, problems } = useFilter();
  const matching = useMatching();
  const [state, send] = useMachine(bulkMachine, { input: { verb: first } });
  const { verb } = state.context;
  // A term that says nothing would let everything through: whoever wrote it did not mean that.
  const [problem] = problems;
  const isStopped = useRef(false);
  useEffect(() => () => void (isStopped.current = true), []);
  const able = useMemo(() => matching.filter((item) => canNow(item, verb)), [matching, verb]);
  const apply = async (items: readonly Item[]): Promise<void> => {
    send({ type: "apply", count: items.length });
    const left = items.values();
    const work = async (): Promise<void> => {
      for (const { id, key } of left) {
        if (isStopped.current) return;
        await api
          .post(`/api/work-items/${id}/${verb}`, { reason: `bulk: ${address.q === "" ? "all items" : address.q}` })
          .then(
            () => send({ type: "succeeded" }),
            (error: unknown) => send({ type: "failed", failure: { key, why: wordsOf(error) } }),
          );
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    send({ type: "finished" });
  };
  return (
    <DialogFrame title="All matching items">
      <p className="text-soft">
        {problem !== undefined
          ? `The filter ${address.q} cannot be read: ${problem}. Nothing is done with it as it is.`
          : isEmpty
            ? "No filter is set: this is about every item."
            : `The filter ${address.q} lets ${plural(matching.length, "item")} through.`}
      </p>
      {state.matches("counting") ? (
        <Choice verb={verb} onChoose={(next) => send({ type: "choose", verb: next })} />
      ) : (
        <Outcome {...state.context} />
      )}
      <p role="status" className="mt-4 font-medium" data-dry-run={able.length}>
        {state.matches("counting") &&
          problem === undefined &&
          `${WORDS[verb].name} would change ${plural(able.length, "item")} of ${plural(matching.length, "matching one")}.`}
      </p>
      <DialogButtons>
        {state.matches("applying") ? (
          <Button onClick={() => (isStopped.current = true)}>Stop</Button>
        ) : (
          <Button onClick={() => open(undefined)}>Close</Button>
        )}
        {state.matches("counting") && (
          <Button
            look={verb === "cancel" ? "danger" : "main"}
            disabled={able.length === 0 || problem !== undefined}
            onClick={() => void apply(able)}
          >
            {WORDS[verb].name} {plural(able.length, "item")}
          </Button>
        )}
      </DialogButtons>
    </DialogFrame>
  );
}

interface ChoiceProps {
  readonly verb: PlanEvent;
  readonly onChoose: (verb: PlanEvent) => void;
}

function Choice({ verb, onChoose }: ChoiceProps): ReactNode {
  return (
    <fieldset className="mt-3 flex flex-col gap-2">
      <legend className="sr-only">What to do</legend>
      {VERBS.map((each) => (
        <label
          key={each}
          className="flex items-start gap-2 rounded-lg border border-line p-3 has-checked:border-accent"
        >
          <input
            type="radio"
            name="verb"
            className="mt-1 accent-accent"
            checked={verb === each}
            onChange={() => onChoose(each)}
          />
          <span>
            <span className="block font-medium">{WORDS[each].name}</span>
            <span className="block text-xs text-soft">{WORDS[each].about}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

interface OutcomeProps {
  readonly count: number;
  readonly succeeded: number;
  readonly refused: number;
  readonly failures: readonly { readonly key: string; readonly why: string }[];
}

function Outcome({ count, succeeded, refused, failures }: OutcomeProps): ReactNode {
  return (
    <div className="mt-4">
      <ProgressBar value={count === 0 ? 1 : (succeeded + refused) / count} label="Progress of all" />
      <p role="status" className="mt-2">
        {plural(succeeded, "item")} of {count} changed
        {refused > 0 && `, ${countOf(refused)} refused`}.
      </p>
      <ul className="mt-1 text-xs text-soft">
        {failures.map(({ key, why }) => (
          <li key={key} className="break-words">
            <span className="font-mono">{key}</span>: {why}
          </li>
        ))}
      </ul>
    </div>
  );
}
