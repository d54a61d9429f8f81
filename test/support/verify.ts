// `npm run verify`: everything that CI checks, in the order in which it fails soonest; stops at the first failure.
import { spawnSync } from "node:child_process";

const steps = ["format:check", "lint", "types", "test", "build", "check:package", "bench -- --smoke"];

for (const step of steps) {
  const start = performance.now();
  process.stdout.write(`\n--- npm run ${step}\n`);
  // The steps above are the whole input of this shell.
  const { status, signal } = spawnSync(`npm run -s ${step}`, { stdio: "inherit", shell: true });
  if (status !== 0) {
    process.stdout.write(
      `verify: "npm run ${step}" failed (${signal ?? `exit ${status}`}); the steps after it did not run\n`,
    );
    process.exit(1);
  }
  process.stdout.write(`--- ${step}: ${((performance.now() - start) / 1000).toFixed(1)} s\n`);
}
process.stdout.write("\nverify: all steps passed\n");
