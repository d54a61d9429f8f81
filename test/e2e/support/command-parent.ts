// A process that runs one command and waits: to be killed. Arguments: runner, output directory, run id, command.
import { nodeEnv } from "../../../src/base/node-env.ts";
import { commandExecutor } from "../../../src/executors/command-executor.ts";
import type { RunnerKind } from "../../../src/executors/runner-process.ts";

const [runner, outputDirectory = "", runId = "", run = ""] = process.argv.slice(2);
// The test gives one of the two.
const executor = commandExecutor({
  env: nodeEnv(),
  outputDirectory,
  planFolder: "/",
  graceMs: 200,
  runner: runner as RunnerKind,
});
executor.start(
  {
    runId,
    item: "victim",
    itemId: "an-item",
    attempt: 1,
    token: 1,
    task: { run, env: undefined, cwd: undefined },
    inputs: () => ({}),
  },
  () => {},
);
