// A process that has as many open files as it may have; prints what it is told when it asks git something. Argument: a repository.
import { openSync } from "node:fs";
import { nodeEnv } from "../../src/base/node-env.ts";
import { runGit } from "../../src/git/run-git.ts";

const env = nodeEnv();
const [repository = ""] = process.argv.slice(2);
try {
  for (;;) openSync("/dev/null", "r");
} catch {
  await runGit(repository, ["status"], { env }).catch((error: Error) => process.stdout.write(error.message));
}
