/**
 * `--inspect` as a user has it: an address on stderr that works while the run goes on, and that keeps nothing alive behind it.
 */
import { createServer, type AddressInfo } from "node:net";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { withPort } from "../../src/cli/program-machines.ts";
import { cli, startCli } from "./support/cli.ts";
import { tempFolder } from "./support/temp-folder.ts";

test("the address that is printed shows the page while the run goes on; the run ends as ever", async () => {
  const cwd = tempFolder({ "plan.yaml": "tasks: { wait: { run: 'while [ ! -e go ]; do sleep 0.05; done' } }" });
  const running = startCli(["run", "plan.yaml", "--inspect=0"], { cwd });
  await running.printed(/shown at http\S+\n/, "stderr");
  const address = /http\S+/.exec(running.stderr())?.[0] ?? "";
  const answer = await fetch(address);
  expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining("<title>Actors</title>")]);
  expect((await fetch(new URL("/", address))).status).toBe(403);
  writeFileSync(join(cwd, "go"), "");
  const { code, stdout } = await running.ended;
  expect([code, stdout.includes("1 item done")]).toEqual([0, true]);
  await expect(fetch(address)).rejects.toThrow("fetch failed");
});

test("a coordinator shows the actors of its projects, as long as it serves", async () => {
  const cwd = tempFolder({});
  const serving = startCli(["serve", "--inspect=0", "--port", "0", "--json"], { cwd });
  await serving.printed(/shown at http\S+\n/, "stderr");
  const address = /shown at (http\S+)/.exec(serving.stderr())?.[1] ?? "";
  const socket = new WebSocket(address.replace("http", "ws").replace("/?", "/ws?"));
  const first = await new Promise<string>((resolve) =>
    socket.addEventListener("message", ({ data }) => resolve(String(data)), { once: true }),
  );
  expect(JSON.parse(first)).toMatchObject({
    type: "@xstate.actor",
    name: "default",
    snapshot: { value: { lifecycle: "running" } },
  });
  serving.child.kill("SIGTERM");
  expect((await serving.ended).code).toBe(0);
});

test("a port that somebody has is said, and nothing is started", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void other.close());
  await new Promise((resolve) => other.once("listening", resolve));
  const { port } = other.address() as AddressInfo;
  const cwd = tempFolder({ "plan.yaml": "tasks: { a: { run: 'touch started' } }" });
  const { code, stderr } = await cli(["run", "plan.yaml", `--inspect=${port}`], { cwd });
  expect([code, stderr]).toEqual([
    2,
    expect.stringContaining(`expected to listen on 127.0.0.1:${port}, but something else listens`),
  ]);
  expect(existsSync(join(cwd, "started"))).toBe(false);
});

test("a bare --inspect takes its own port, and never the word behind it", () => {
  expect(withPort(["run", "--inspect", "plan.yaml"])).toEqual(["run", "--inspect=4748", "plan.yaml"]);
  expect(withPort(["run", "--inspect=0", "plan.yaml", "--", "--inspect"])).toEqual([
    "run",
    "--inspect=0",
    "plan.yaml",
    "--",
    "--inspect",
  ]);
});
