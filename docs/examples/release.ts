// A plan whose tasks are functions, in the same process. What one returns is an input of those that need it; `signal` is
// aborted when the item is to stop. In your own project the type comes from "signalbox".
import type { PlanDefinition } from "../../src/index.ts";

interface Change {
  readonly kind: "fix" | "feature";
  readonly title: string;
}

const changes: readonly Change[] = [
  { kind: "fix", title: "A stopped run gives its slots back" },
  { kind: "feature", title: "Plans may be functions" },
];

const plan: PlanDefinition = {
  name: "release",
  liveItemsMax: 2,
  tasks: {
    changes: { run: () => changes.map(({ kind, title }) => `${kind}: ${title}`) },
    version: { run: () => (changes.some(({ kind }) => kind === "feature") ? "1.1.0" : "1.0.1") },
    notes: {
      needs: ["changes", "version"],
      timeout: "10s",
      run: ({ inputs, signal }) => {
        signal.throwIfAborted();
        return [inputs["version"] as string, ...(inputs["changes"] as string[])].join("\n");
      },
    },
  },
};

export default plan;
