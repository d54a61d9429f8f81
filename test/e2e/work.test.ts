/**
 * Goal: `signalbox work` is a worker that one can leave alone: it reports what its command did, stops when the claim is over, and
 * leaves nothing behind, however it ends.
 * Method: a real coordinator, real workers as processes, real commands. A bug would look like an item that stays claimed, a process
 * that goes on, or a report that counts although somebody else has the item. It takes fifteen seconds: leases are seconds long, and
 * each worker is a process.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { createClient } from "../../src/client/client.ts";
import type { Client, CreateWorkItem, WorkItem } from "../../src/client/index.ts";
import { localClient } from "../../src/client/local-server.ts";
import { alive, sleepMark, stubbornTree, until } from "../support/commands.ts";
import { git, gitRepository } from "../support/git-repository.ts";
import { served } from "../support/served.ts";
import { jsonLines, startCli, type Cli } from "./support/cli.ts";
import { tempFolder } from "./support/temp-folder.ts";

interface Site {
  readonly cwd: string;
  readonly client: Client;
  readonly add: (...items: readonly CreateWorkItem[]) => Promise<readonly WorkItem[]>;
  readonly work: (...words: readonly string[]) => Cli;
  /** Writes `tree.sh`, a command of several processes; answers the mark of three of them. */
  readonly tree: (command?: (mark: string) => string) => string;
  readonly item: (key: string) => Promise<WorkItem>;
  /** Waits until the item is in this state. */
  readonly becomes: (key: string, status: WorkItem["status"]) => Promise<WorkItem>;
}

/** The same that ends when it is asked to. */
const meekTree = (mark: string): string => stubbornTree(mark).replace(/trap "" TERM; /, "");

async function site(cwd = tempFolder()): Promise<Site> {
  const { server } = await served({ stateDir: join(cwd, ".signalbox") });
  const client = createClient({ url: server.url, token: server.tokens.admin });
  const item = (key: string): Promise<WorkItem> => client.items.get(key);
  return {
    cwd,
    client,
    item,
    add: async (...items) => {
      const made: WorkItem[] = [];
      for (const each of items) made.push(await client.items.create(each));
      return made;
    },
    work: (...words) => {
      const worker = startCli(["work", ...words], { cwd });
      onTestFinished(() => void worker.child.kill("SIGKILL"));
      return worker;
    },
    tree: (command = meekTree) => {
      // Not an argument of the worker, which would be found by it too.
      const mark = sleepMark();
      writeFileSync(join(cwd, "tree.sh"), `#!/bin/sh\n${command(mark)}\n`, { mode: 0o755 });
      return mark;
    },
    becomes: async (key, status) => {
      const [project] = await client.projects.list();
      // The stream tells when it is worth a look.
      const found = await item(key);
      if (found.status === status) return found;
      for await (const event of client.projects.events(project!.id, { after: found.seq }))
        if (event.item === key && event.to === status) break;
      return item(key);
    },
  };
}

describe("what a command gets and gives", () => {
  test("its item in the environment and a file, inputs, output, files, the end of what it prints; nothing of an item reaches a shell", async () => {
    const { cwd, add, work, item } = await site(gitRepository());
    writeFileSync(join(cwd, "mine.txt"), "not committed, and none of the item's");
    const title = "$(touch pwned) `touch pwned`; touch pwned";
    await add(
      { title, key: "first", description: title, metadata: { a: title } },
      { title: "b", dependencies: ["first"] },
    );
    const script = [
      "echo printed by $SIGNALBOX_ITEM, attempt $SIGNALBOX_ATTEMPT, with $1",
      "cp $SIGNALBOX_ITEM_FILE item-$SIGNALBOX_ITEM.json; cp $SIGNALBOX_INPUTS inputs-$SIGNALBOX_ITEM.json",
      "env > env-$SIGNALBOX_ITEM.txt; echo '{\"n\":1}' > $SIGNALBOX_OUTPUT; test -s $SIGNALBOX_ITEM_FILE",
    ].join("\n");
    const { code, stdout, stderr } = await work(
      "--until-empty",
      "--agent",
      "ada",
      "--",
      "sh",
      "-c",
      script,
      "x",
      "$(touch pwned) 'y",
    ).ended;
    expect([code, stdout, stderr]).toEqual([0, "", expect.stringMatching(/first {2}done {2}\(env-first\.txt, /)]);
    expect(existsSync(join(cwd, "pwned"))).toBe(false);
    expect(await item("first")).toMatchObject({
      status: "done",
      resultSummary: "printed by first, attempt 1, with $(touch pwned) 'y",
      filesModified: ["env-first.txt", "inputs-first.json", "item-first.json"],
    });
    expect((await item("item-2")).filesModified).toEqual(["env-item-2.txt", "inputs-item-2.json", "item-item-2.json"]);
    const read = (name: string): ReturnType<typeof JSON.parse> => JSON.parse(readFileSync(join(cwd, name), "utf8"));
    expect(read("item-first.json")).toMatchObject({
      item: { title, metadata: { a: title } },
      notes: [],
      conflicts: [],
    });
    expect(read("inputs-item-2.json")).toMatchObject({ first: { output: { n: 1 } } });
    const env = readFileSync(join(cwd, "env-first.txt"), "utf8");
    expect(env).not.toMatch(/TOKEN|VITEST/);
  });

  test("a failure has its reason and last lines, and another attempt while there is one; --json tells each event", async () => {
    const { add, work, item } = await site();
    await add({ title: "a", attemptsMax: 2 }, { title: "b", taskType: "docs" });
    const command = 'echo "trouble $SIGNALBOX_ATTEMPT"; exit 3';
    const { code, stdout } = await work("--until-empty", "--types", "feature,docs", "--json", "--", command).ended;
    expect([code, jsonLines(stdout).map(({ event, item }) => [event, item])]).toEqual([
      1,
      [
        ["work.claimed", "item-2"],
        ["work.failed", "item-2"],
      ],
    ]);
    expect((await work("--until-empty", "--", command).ended).code).toBe(1);
    expect(await item("item-1")).toMatchObject({
      status: "failed",
      attempt: 2,
      failureReason: "exit code 3\ntrouble 2",
    });
  });

  test("a worker that cannot run its command, or not at all, spends no attempt of any item", async () => {
    const { add, work, item } = await site();
    await add({ title: "a" });
    const missing = await work("--", "no-such-program", "x").ended;
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining("no-such-program")]);
    const outside = await work("--worktree", "--", "true").ended;
    expect([outside.code, outside.stderr]).toEqual([2, expect.stringContaining("(not_a_repository)")]);
    expect(await item("item-1")).toMatchObject({ status: "todo", attempt: 0 });
  });
});

describe("the claim is over", () => {
  test("cancelled by a person: the command is ended with its whole tree, nothing is reported, the worker goes on", async () => {
    const { add, work, item, client, becomes, tree } = await site();
    const mark = tree();
    await add({ title: "a", priority: 0 }, { title: "b" });
    const worker = work("--lease", "3s", "--", "test $SIGNALBOX_ITEM = item-2 || ./tree.sh");
    await until(() => alive(mark).length === 3, "the tree of the first");
    await client.items.cancel("item-1");
    await becomes("item-2", "done");
    expect(alive(mark)).toEqual([]);
    expect((await item("item-1")).status).toBe("cancelled");
    worker.child.kill("SIGTERM");
    expect((await worker.ended).stderr).toMatch(/item-1 {2}cancelled/);
  });

  test("complaint 8: taken by somebody else: a stale token stops the work and says so; the late outcome does not count", async () => {
    const { add, work, item, client, tree } = await site();
    const mark = tree();
    await add({ title: "a", attemptsMax: 2 });
    const worker = work("--once", "--lease", "3s", "--json", "--", "./tree.sh");
    await until(() => alive(mark).length === 3, "the tree");
    const fencingToken = Number(jsonLines(worker.stdout())[0]!["fencing_token"]);
    // Somebody gives it back in the worker's name, and somebody else takes it: as after a lease that ended unseen.
    await client.items.release("item-1", { fencingToken });
    await client.items.claim("item-1", { agentId: "other" });
    const { code, stdout } = await worker.ended;
    expect(alive(mark)).toEqual([]);
    expect([code, jsonLines(stdout).at(-1)]).toEqual([
      1,
      expect.objectContaining({ event: "work.lost", why: expect.stringContaining("stopped, nothing is reported") }),
    ]);
    expect(await item("item-1")).toMatchObject({ status: "claimed", assignedAgentId: "other" });
  });
});

describe("the worker is over", () => {
  test("TERM: what it holds is given back without spending an attempt, no process is left, and it ends with 143", async () => {
    const { add, work, item, tree } = await site();
    const mark = tree(stubbornTree);
    await add({ title: "a" }, { title: "b" });
    const worker = work("--cap", "2", "--", "./tree.sh");
    await until(() => alive(mark).length === 6, "both trees");
    worker.child.kill("SIGTERM");
    // An impatient person, later than a terminal and npm that pass on one Ctrl-C: what ignores TERM is killed at once.
    await new Promise((resolve) => setTimeout(resolve, 250));
    worker.child.kill("SIGINT");
    expect((await worker.ended).code).toBe(143);
    expect(alive(mark)).toEqual([]);
    // Each has one attempt, and still has it.
    for (const key of ["item-1", "item-2"]) expect(await item(key)).toMatchObject({ status: "todo", ready: true });
  });

  test("complaint 7: kill -9: its commands end with it, the lease ends, and somebody else does the work", async () => {
    const { add, work, becomes, cwd, tree } = await site();
    const mark = tree();
    await add({ title: "a", attemptsMax: 2 });
    const first = work("--lease", "2s", "--agent", "first", "--", "echo first >> did.txt; ./tree.sh");
    await until(() => alive(mark).length === 3, "the tree of the first");
    const second = work("--once", "--agent", "second", "--", "echo second >> did.txt");
    first.child.kill("SIGKILL");
    expect((await second.ended).code).toBe(0);
    const done = await becomes("item-1", "done");
    expect([done.attempt, readFileSync(join(cwd, "did.txt"), "utf8")]).toEqual([2, "first\nsecond\n"]);
    await until(() => alive(mark).length === 0, "the end of what the dead one had started", 15_000);
  });

  test("while it waits for work, it ends at once, and claims nothing any more", async () => {
    const { add, work, item } = await site();
    const worker = work("--", "touch did");
    await worker.printed("Working for", "stderr");
    worker.child.kill("SIGINT");
    expect((await worker.ended).code).toBe(130);
    await add({ title: "a" });
    expect((await item("item-1")).status).toBe("todo");
  });
});

test("complaint 14: with --worktree two items change one file at once, each in its own tree on its own branch; in one tree the conflict is told", async () => {
  const { add, work, cwd, item } = await site(gitRepository());
  await add({ title: "a" }, { title: "b" });
  const both = "touch ../$SIGNALBOX_ITEM; until test -e ../item-1 -a -e ../item-2; do sleep 0.02; done";
  const commit = "echo $SIGNALBOX_ITEM > same.txt; git add .; git -c user.name=a -c user.email=a@b commit -qm done";
  const { code } = await work("--cap", "2", "--until-empty", "--worktree", "--", `${both}; ${commit}`).ended;
  expect(code).toBe(0);
  expect(existsSync(join(cwd, "same.txt"))).toBe(false);
  for (const key of ["item-1", "item-2"]) {
    const { resultSummary, filesModified } = await item(key);
    expect(filesModified).toEqual(["same.txt"]);
    const branch = /^Branch: (.+)$/m.exec(resultSummary ?? "")![1]!;
    expect(git(cwd, "show", `${branch}:same.txt`)).toBe(key);
  }
  await add({ title: "c" }, { title: "d" });
  const told = work(
    "--cap",
    "2",
    "--until-empty",
    "--lease",
    "3s",
    "--",
    "echo $SIGNALBOX_ITEM > one.txt; until test -e enough; do sleep 0.05; done",
  );
  await told.printed(/conflict {2}.* has one\.txt in hand/, "stderr");
  writeFileSync(join(cwd, "enough"), "");
  expect((await told.ended).code).toBe(0);
});

test("a coordinator that was killed and is back at another address is found again, with the item in hand and for the next", async () => {
  const cwd = tempFolder();
  const serve = async (): Promise<{ readonly serving: Cli; readonly url: string }> => {
    const serving = startCli(["serve", "--json", "--port", "0"], { cwd });
    onTestFinished(() => void serving.child.kill("SIGKILL"));
    await serving.printed("\n");
    return { serving, url: (JSON.parse(serving.stdout()) as { url: string }).url };
  };
  const first = await serve();
  await localClient({ stateDir: join(cwd, ".signalbox"), role: "plan" }).items.create({ title: "a" });
  const command = 'touch began; until test -e "enough-$SIGNALBOX_ITEM"; do sleep 0.02; done';
  const worker = startCli(["work", "--agent", "ada", "--", command], { cwd });
  onTestFinished(() => void worker.child.kill("SIGKILL"));
  await until(() => existsSync(join(cwd, "began")), "the command to begin");
  first.serving.child.kill("SIGKILL");
  await first.serving.ended;
  const second = await serve();
  expect(second.url).not.toBe(first.url);
  await localClient({ stateDir: join(cwd, ".signalbox"), role: "plan" }).items.create({ title: "b" });
  for (const key of ["item-1", "item-2"]) {
    writeFileSync(join(cwd, `enough-${key}`), "");
    await worker.printed(new RegExp(`${key} {2}done`), "stderr");
  }
  worker.child.kill("SIGTERM");
  expect((await worker.ended).code).toBe(143);
});
