import { setup, type SnapshotFrom } from "xstate";
import { runOutcomes, type MachineRunOutcome } from "./run.ts";
import { initialRunSpecState, stepRunSpec, type RunSpec, type RunSpecEvent, type RunSpecState } from "./run-spec.ts";

export interface RunSpecContext {
  readonly spec: RunSpec;
  readonly state: RunSpecState;
}

type Facts = { readonly context: RunSpecContext; readonly event: RunSpecEvent };

const after = ({ context, event }: Facts): RunSpecState | undefined => stepRunSpec(context.spec, context.state, event);

const machineSetup = setup({
  // XState reads these types only; the values are never used.
  types: { context: {} as RunSpecContext, events: {} as RunSpecEvent, input: {} as RunSpec },
  guards: {
    leadsTo: (facts: Facts, params: { readonly run: RunSpecState["run"] }) => after(facts)?.run === params.run,
    accepted: (facts: Facts) => after(facts) !== undefined,
  },
});

const step = machineSetup.assign((facts) => ({ state: after(facts) ?? facts.context.state }));
const to = <TRun extends RunSpecState["run"]>(run: TRun) =>
  ({ guard: { type: "leadsTo", params: { run } }, target: run, actions: step }) as const;
const stay = { guard: "accepted", actions: step } as const;
const endings = runOutcomes.map((outcome: MachineRunOutcome) => to(outcome));

const drains = [to("rollingBack"), ...endings];

/** Reports about items while something may be live: they stay in the state, or settle the run. */
const reports = {
  complete: [to("settling"), stay],
  fail: [to("settling"), stay],
  timeout: [to("settling"), stay],
  release: stay,
  ended: stay,
  when: [to("settling"), stay],
  cancelItem: [to("settling"), stay],
  retryItem: stay,
} as const;

/** The specification as a machine, so that `xstate/graph` and test models can walk it. Its rules are in `stepRunSpec`. */
export const runSpecMachine = machineSetup.createMachine({
  id: "runSpec",
  context: ({ input }) => ({ spec: input, state: initialRunSpecState(input) }),
  initial: "planned",
  states: {
    planned: { on: { start: to("running"), cancel: to("cancelled") } },
    running: {
      on: { ...reports, claim: stay, pause: to("paused"), cancel: to("settling"), drained: drains },
    },
    paused: { on: { ...reports, resume: to("running"), cancel: to("settling"), drained: drains } },
    settling: { on: { ended: stay, drained: drains } },
    rollingBack: {
      on: { undoStart: stay, undone: stay, undoFail: stay, undoCut: stay, rolledBack: [to("failed"), to("cancelled")] },
    },
    done: { type: "final" },
    failed: { type: "final" },
    cancelled: { type: "final" },
    stalled: { type: "final" },
  },
});

export type RunSpecSnapshot = SnapshotFrom<typeof runSpecMachine>;
