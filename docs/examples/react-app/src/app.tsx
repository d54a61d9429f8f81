import { useSelector } from "@xstate/react";
import { useState } from "react";
import { createClientRun, type ClientRun, type ClientTask } from "./client-run.ts";

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new Error("aborted"));
    });
  });

const tasks: Readonly<Record<string, ClientTask>> = {
  fetch: { work: ({ signal }) => pause(150, signal) },
  parse: { needs: ["fetch"], work: ({ signal }) => pause(150, signal) },
  resize: { needs: ["fetch"], work: ({ signal }) => pause(300, signal) },
  upload: {
    needs: ["parse", "resize"],
    attemptsMax: 2,
    work: async ({ attempt, signal }) => {
      await pause(100, signal);
      if (attempt === 1) throw new Error("the network is away");
    },
  },
};

export function App() {
  const [plan, setPlan] = useState(() => createClientRun(tasks, 2));
  return <Plan key={plan.run.sessionId} plan={plan} onAgain={() => setPlan(createClientRun(tasks, 2))} />;
}

function Plan({ plan, onAgain }: { readonly plan: ClientRun; readonly onAgain: () => void }) {
  const { run } = plan;
  const lifecycle = useSelector(run, ({ value }) => value.lifecycle);
  const counts = useSelector(run, ({ context }) => context.counts);
  const isOver = useSelector(run, ({ status }) => status === "done");
  return (
    <main>
      <h1>A plan in the browser</h1>
      <p role="status">
        {lifecycle}: {counts.done} of {plan.items.size} done
      </p>
      <p>
        <button type="button" disabled={lifecycle !== "planned"} onClick={() => plan.start()}>
          Start
        </button>
        {lifecycle === "paused" ? (
          <button type="button" onClick={() => run.send({ type: "resume" })}>
            Resume
          </button>
        ) : (
          <button type="button" disabled={lifecycle !== "running"} onClick={() => run.send({ type: "pause" })}>
            Pause
          </button>
        )}
        <button
          type="button"
          disabled={isOver || lifecycle === "planned"}
          onClick={() => run.send({ type: "cancel", reason: { code: "cancelled" } })}
        >
          Cancel
        </button>
        <button type="button" disabled={!isOver} onClick={onAgain}>
          Again
        </button>
      </p>
      <ul>
        {[...plan.items].map(([key, item]) => (
          <Item key={key} name={key} item={item} />
        ))}
      </ul>
    </main>
  );
}

function Item({
  name,
  item,
}: {
  readonly name: string;
  readonly item: ClientRun["items"] extends ReadonlyMap<string, infer TItem> ? TItem : never;
}) {
  const state = useSelector(item, ({ value }) => value);
  const attempt = useSelector(item, ({ context }) => context.attempt);
  return (
    <li data-item={name} data-state={state}>
      {name}: {state}
      {attempt > 1 ? ` (attempt ${attempt})` : ""}
    </li>
  );
}
