/** Goal: a setup command that cannot be started is told as such, and takes nothing else down. Method: a process without a file to spare. */
import { expect, test } from "vitest";
import { startWithNoFilesLeft } from "../../support/commands.ts";
import { gitFolder } from "../../support/git-repository.ts";

test("too many open files are told as such, with what to do, and with files to spare it is started", async () => {
  const [refused, again] = await startWithNoFilesLeft("setup", gitFolder());
  expect(refused).toMatch(
    /^expected to start the setup command of .*EMFILE\. Allow more open files \(`ulimit -n`\), or fewer/,
  );
  expect(again).toBe("started");
});
