/**
 * Goal: any row of a long log is at hand when somebody looks at it, and the page asks for no more than that.
 * Method: a real server; every request is counted.
 */
import { expect, onTestFinished, test, vi } from "vitest";
import { Api } from "../../src/board/data/api.ts";
import { LogPages } from "../../src/board/data/log-pages.ts";
import { readLog, readLogEnd } from "../../src/board/data/read-log.ts";
import type { Row } from "../../src/board/data/wire.ts";
import { create, served } from "../support/served.ts";

async function longLog(
  count: number,
): Promise<{ readonly pages: LogPages; readonly asked: string[]; readonly api: Api; readonly id: string }> {
  const s = await served({ board: false });
  const { id } = s.server.coordinator.project();
  const tasks = Object.fromEntries(Array.from({ length: count }, (_, n) => [`t${n}`, {}]));
  expect((await s.call("plan", `/api/projects/${id}/plans`, { tasks })).status).toBe(201);
  const asked: string[] = [];
  const api = new (class extends Api {
    override get<T>(path: string): Promise<T> {
      asked.push(path.slice(path.indexOf("?") + 1));
      return super.get(path);
    }
  })(s.server.tokens.read, s.server.url);
  const pages = new LogPages(api, id);
  onTestFinished(() => pages.stop());
  return { pages, asked, api, id };
}

test("Q1: what comes into view is asked for by pages, once, and every row is the one of its version", async () => {
  const { pages, asked } = await longLog(3_500);
  pages.want(1_990, 2_010);
  await vi.waitFor(() => expect(pages.row(1_990)?.seq).toBe(1_990));
  await vi.waitFor(() => expect(pages.row(2_010)?.seq).toBe(2_010));
  expect(asked).toEqual(["limit=1", "after=2000&limit=1000", "after=1000&limit=1000"]);
  expect(pages.row(1)).toBeUndefined();
  pages.want(1_001, 3_000);
  expect(asked).toHaveLength(3);
  expect(pages.loadedFrom(3_001)).toBe(1_001);
  expect(pages.loadedFrom(1_001)).toBe(1_001);
  pages.want(1, 10);
  await vi.waitFor(() => expect(pages.row(1)).toMatchObject({ seq: 1, event: "run.started" }));
  expect(pages.loadedFrom(3_001)).toBe(1);
  // The last page is not whole: the feed has its rows.
  pages.want(3_400, 3_450);
  await vi.waitFor(() => expect(asked).toHaveLength(5));
  expect(pages.row(3_400)).toBeUndefined();
});

test("Q1: a page of rows of which the server gives only a few at once is whole all the same", async () => {
  const s = await served({ board: false });
  const project = s.server.coordinator.project();
  const claim = async (n: number) => {
    const { item, fencing_token } = (await s.call("worker", "/api/work-items/claim-next", { agent_id: "ada" })).body;
    const report = { fencing_token, result_summary: `${n}`, files_modified: [], output: "x".repeat(1_000_000) };
    expect((await s.call("worker", `/api/work-items/${item.id}/complete`, report)).status).toBe(200);
  };
  const tasks = (count: number, word: string) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`${word}${n}`, {}]));
  await s.call("plan", `/api/projects/${project.id}/plans`, { tasks: tasks(12, "a") });
  for (let n = 0; n < 12; n++) await claim(n);
  await s.call("plan", `/api/projects/${project.id}/plans`, { tasks: tasks(1_100, "b") });
  const api = new Api(s.server.tokens.read, s.server.url);
  const pages = new LogPages(api, project.id);
  onTestFinished(() => pages.stop());
  pages.want(1, 1_000);
  await vi.waitFor(() => expect(pages.loadedFrom(1_001)).toBe(1));
  for (const seq of [1, 20, 37, 1_000]) expect(pages.row(seq)?.seq).toBe(seq);
  const rows: Row[] = [];
  for await (const page of readLog(api, project.id, { after: 0, until: 1_000 }, new AbortController().signal))
    rows.push(...page);
  expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: 1_000 }, (_, n) => n + 1));
});

test("a log is read from one version to another, in order and without a gap", async () => {
  const { api, id } = await longLog(2_300);
  const rows: Row[] = [];
  for await (const page of readLog(api, id, { after: 5, until: 2_205 }, new AbortController().signal))
    rows.push(...page);
  expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: 2_200 }, (_, n) => n + 6));
});

test("Q3: of a log that was compacted, meanwhile too, what is left is shown from where it begins", async () => {
  const s = await served({ board: false });
  const { coordinator, tokens, url } = s.server;
  const project = coordinator.project();
  const { id } = await create(s, { title: "Talks a lot", key: "talks" });
  const { fencing_token } = (await s.call("worker", `/api/work-items/${id}/claim`, { agent_id: "ada" })).body;
  for (let n = 0; n < 20; n++)
    await s.call("worker", `/api/work-items/${id}/heartbeat`, { fencing_token, note: `word ${n}` });
  const report = { fencing_token, result_summary: "", files_modified: [] };
  expect((await s.call("worker", `/api/work-items/${id}/complete`, report)).status).toBe(200);
  const tasks = Object.fromEntries(Array.from({ length: 2_000 }, (_, n) => [`t${n}`, {}]));
  await s.call("plan", `/api/projects/${project.id}/plans`, { tasks });
  const pages = new LogPages(new Api(tokens.read, url), project.id);
  onTestFinished(() => pages.stop());
  pages.want(1_990, 2_000);
  await vi.waitFor(() => expect(pages.row(1_990)?.seq).toBe(1_990));
  expect(pages.state().first).toBe(1);
  expect((await coordinator.compact(project, { upTo: 30, exportTo: false })).removed).toBeGreaterThan(0);
  // It has not heard of that.
  pages.want(1, 20);
  await vi.waitFor(() => expect(pages.state()).toMatchObject({ first: 31, problem: undefined }));
  pages.want(1, 40);
  await vi.waitFor(() => expect(pages.row(31)?.seq).toBe(31));
  expect([pages.row(30), pages.row(1_000)?.seq, pages.loadedFrom(2_001)]).toEqual([undefined, 1_000, 1]);
});

test("Q3: of a log that is compacted whole there is nothing, and nobody asks on and on; the end of one is read from where it begins", async () => {
  const s = await served({ board: false });
  const { coordinator, tokens, url } = s.server;
  const project = coordinator.project();
  const { id } = await create(s, { title: "Talks a lot" });
  const { fencing_token } = (await s.call("worker", `/api/work-items/${id}/claim`, { agent_id: "ada" })).body;
  for (let n = 0; n < 20; n++)
    await s.call("worker", `/api/work-items/${id}/heartbeat`, { fencing_token, note: `word ${n}` });
  const report = { fencing_token, result_summary: "", files_modified: [] };
  expect((await s.call("worker", `/api/work-items/${id}/complete`, report)).status).toBe(200);
  const whole = project.hub.seq;
  const api = new Api(tokens.read, url);
  const seqs = async (rowsMax: number): Promise<number[]> => {
    const rows: number[] = [];
    const end = { rowsMax, until: project.hub.seq };
    for await (const page of readLogEnd(api, project.id, end, new AbortController().signal))
      rows.push(...page.map(({ seq }) => seq));
    return rows;
  };
  await coordinator.compact(project, { upTo: whole, exportTo: false });
  expect([project.baseSeq, await seqs(1_000)]).toEqual([whole, []]);
  let asked = 0;
  const counting = new (class extends Api {
    override get<T>(path: string): Promise<T> {
      asked++;
      return super.get(path);
    }
  })(tokens.read, url);
  const pages = new LogPages(counting, project.id);
  onTestFinished(() => pages.stop());
  pages.subscribe(() => pages.want(1, whole));
  pages.want(1, whole);
  await vi.waitFor(() => expect(pages.state().first).toBe(whole + 1));
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(asked).toBeLessThan(4);
  for (const title of ["one", "two", "three"]) await create(s, { title });
  expect(await seqs(1_000)).toEqual([whole + 1, whole + 2, whole + 3]);
  expect(await seqs(2)).toEqual([whole + 2, whole + 3]);
});
