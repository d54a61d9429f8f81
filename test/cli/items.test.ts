/**
 * Goal: whoever has only a shell can do with work items what the HTTP interface lets them do, and a script can go by the exit code.
 * Method: the command line against a real coordinator; where it is and which token it takes from each source.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { say, type Said } from "../support/command-line.ts";
import { served, type Served } from "../support/served.ts";

let cwd: string;
let s: Served;

beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), "signalbox-items-"));
  s = await served({ stateDir: join(cwd, ".signalbox") });
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const items = (...words: string[]): Promise<Said> => say(["items", ...words], { cwd });

async function json(...words: string[]): Promise<ReturnType<typeof JSON.parse>> {
  const { code, stdout, stderr } = await items(...words, "--json");
  expect([code, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout);
}

describe("S4-02", () => {
  test("the life of an item, with the names of the wire in --json", async () => {
    const about = [
      "--type",
      "bug",
      "--priority",
      "0",
      "--file",
      "a.ts",
      "--file",
      "b.ts",
      "--attempts",
      "2",
      "--hours",
      "1.5",
    ];
    const made = await json(
      "add",
      "Mend it",
      ...about,
      "--description",
      "all",
      "--metadata",
      '{"snake_case":{"camelCase":1}}',
    );
    expect(made).toMatchObject({
      key: "item-1",
      title: "Mend it",
      task_type: "bug",
      priority: 0,
      files: ["a.ts", "b.ts"],
      attempts_max: 2,
      estimated_hours: 1.5,
      metadata: { snake_case: { camelCase: 1 } },
    });
    expect(await json("show", "item-1")).toEqual(made);
    await json("add", "Tell of it", "--needs", "item-1", "--parent", made.id, "--key", "item-1.told");
    expect((await json("list", "--ready")).items).toEqual([made]);
    const claim = await json("next", "--agent", "ada", "--lease", "60s", "--types", "bug");
    expect(claim).toMatchObject({ item: { id: made.id, assigned_agent_id: "ada" }, fencing_token: expect.any(Number) });
    const token = ["--fencing-token", String(claim.fencing_token)];
    expect(await json("heartbeat", "item-1", ...token, "--progress", "0.5", "--file", "a.ts")).toMatchObject({
      cancel_requested: false,
      lease_expires_at: expect.any(String),
    });
    expect((await json("release", "item-1", ...token, "--reason", "lunch")).status).toBe("todo");
    const again = await json("claim", "item-1", "--agent", "bob");
    const held = ["--fencing-token", String(again.fencing_token)];
    writeFileSync(join(cwd, "out.json"), '{"found":[1]}');
    const report = ["--summary", "mended", "--modified", "a.ts", "--output-file", "out.json"];
    expect(await json("complete", "item-1", ...held, ...report)).toMatchObject({
      status: "done",
      result_summary: "mended",
      files_modified: ["a.ts"],
    });
    const next = await json("next", "--agent", "ada");
    expect(next.inputs["item-1"].output).toEqual({ found: [1] });
    const last = ["--fencing-token", String(next.fencing_token)];
    expect((await json("fail", next.item.id, ...last, "--reason", "no", "--no-retry")).status).toBe("failed");
    expect((await json("requeue", next.item.id)).status).toBe("todo");
    expect((await json("note", next.item.id, "look twice", "--agent", "eve")).status).toBe("todo");
    expect((await json("why", next.item.id)).in_words).toEqual(expect.any(String));
    expect((await json("cancel", next.item.id, "--reason", "enough")).status).toBe("cancelled");
    expect((await json("list", "--status", "done")).items).toHaveLength(1);
  });

  test("for people: tables and lines, made harmless where somebody wrote", async () => {
    await items("add", "First", "--description", "two\nlines");
    await items("add", "Second", "--needs", "item-1");
    expect((await items("list")).stdout).toBe(
      [
        "item    state    priority  agent  title",
        "item-1  ready    5                First",
        "item-2  waiting  5                Second",
        "",
      ].join("\n"),
    );
    expect((await items("list", "--limit", "1")).stdout).toContain("There are more: --all lists them.");
    expect((await items("list", "--limit", "1", "--all")).stdout).toContain("item-2");
    expect((await items("list", "--q", "nothing")).stdout).toBe("No work items.\n");
    const claim = await items("claim", "item-1", "--agent", "ada");
    expect(claim.stdout).toMatch(
      /^Claimed item-1: First\n {2}token {7}\d+, to be shown .*\n {2}lease until .*\n {2}description two\n {14}lines\n$/,
    );
    expect((await items("show", "item-1")).stdout).toMatch(
      /^item-1 {2}First\n {2}id .*\n {2}state {7}claimed by ada\n/,
    );
    const token = /token +(\d+)/.exec(claim.stdout)![1]!;
    const done = await items("complete", "item-1", "--fencing-token", token, "--summary", "a\u001b[31mb\u202ec\nd");
    expect(done.stdout).toContain("\n  result      ab\ufffdc\n              d\n");
  });
});

describe("exit codes", () => {
  test("4: it is not to be had now; 2: not like this; 0: as asked", async () => {
    await items("add", "Only");
    const claim = JSON.parse((await items("claim", "item-1", "--agent", "ada", "--json")).stdout);
    const complete = ["complete", "item-1", "--summary", "", "--fencing-token"];
    const cases: readonly (readonly [number, string, readonly string[]])[] = [
      [4, "already_claimed", ["claim", "item-1", "--agent", "ada"]],
      [4, "stale_fencing_token", [...complete, String(claim.fencing_token + 1)]],
      [4, "Nothing is there to be claimed", ["next", "--agent", "bob"]],
      [2, "not_found", ["show", "nothing"]],
      [2, "already_settled|not_ready", ["requeue", "item-1"]],
      [2, "invalid_request", ["add", ""]],
      [2, "invalid_dependency", ["add", "x", "--needs", "nothing"]],
      [2, "required option", ["claim", "item-1"]],
      [2, "Expected a duration", ["claim", "item-1", "--agent", "a", "--lease", "5"]],
      [2, "Expected JSON", ["add", "x", "--metadata", "{"]],
      [2, "one JSON value", [...complete, String(claim.fencing_token), "--output-file", "nothing.json"]],
    ];
    for (const [code, words, line] of cases) {
      const said = await items(...line);
      expect([line, said.code, said.stderr]).toEqual([line, code, expect.stringMatching(words)]);
    }
    expect(JSON.parse((await items("next", "--agent", "bob", "--json")).stdout)).toBeNull();
    await items("cancel", "item-1");
    const told = await items("heartbeat", "item-1", "--fencing-token", String(claim.fencing_token));
    expect([told.code, told.stdout]).toEqual([4, "The item was cancelled: stop working on it.\n"]);
  });
});

describe("which coordinator, and which token", () => {
  test("found from a folder below, named by address, by variable; the token from a file or a variable", async () => {
    const below = join(cwd, "a/b");
    mkdirSync(below, { recursive: true });
    const { url, tokens } = s.server;
    const elsewhere = mkdtempSync(join(tmpdir(), "signalbox-elsewhere-"));
    const list = ["items", "list", "--json"];
    const tokenFile = join(elsewhere, "token");
    writeFileSync(tokenFile, tokens.read, { mode: 0o600 });
    const right: readonly (readonly [string[], string, Record<string, string>])[] = [
      [[], below, {}],
      [["--state-dir", join(cwd, ".signalbox")], elsewhere, {}],
      [["--server", url], cwd, {}],
      [["--server", url.replace("127.0.0.1", "localhost")], cwd, {}],
      [["--server", url, "--token-file", tokenFile], elsewhere, {}],
      [[], elsewhere, { SIGNALBOX_SERVER: url, SIGNALBOX_TOKEN: tokens.worker }],
    ];
    for (const [words, from, variables] of right)
      expect([words, (await say([...list, ...words], { cwd: from, variables })).code]).toEqual([words, 0]);
    const wrong: readonly (readonly [string[], string, Record<string, string>, string])[] = [
      [[], elsewhere, {}, "server_unreachable"],
      // The tokens of this folder are for its own coordinator.
      [["--server", "http://127.0.0.1:9"], cwd, {}, "unauthorized"],
      [["--server", url], elsewhere, {}, "unauthorized"],
      [[], cwd, { SIGNALBOX_TOKEN: "nonsense" }, "unauthorized"],
      [["--server", "nonsense"], cwd, { SIGNALBOX_TOKEN: "t" }, "invalid_usage"],
    ];
    for (const [words, from, variables, code] of wrong)
      expect([words, (await say([...list, ...words], { cwd: from, variables })).stderr]).toEqual([
        words,
        expect.stringContaining(`(${code})`),
      ]);
    rmSync(elsewhere, { recursive: true });
  });

  test("no more than it needs: a token of a lower role is enough to look, and is told what is missing", async () => {
    const variables = { SIGNALBOX_TOKEN: s.server.tokens.worker };
    expect((await say(["items", "list"], { cwd, variables })).code).toBe(0);
    const said = await say(["items", "add", "x"], { cwd, variables });
    expect([said.code, said.stderr]).toEqual([4, expect.stringMatching(/role plan.*\(forbidden_role\)/)]);
  });
});
