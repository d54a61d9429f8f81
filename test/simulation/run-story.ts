/**
 * A plan that is carried out while things go wrong: the process is killed, paused, stopped, its disk fails, clocks jump, and people ask for
 * things. Then everything is well again, and the run has to come to its end.
 */
import { createRun } from "../../src/engine/create-run.ts";
import { resumeRun } from "../../src/engine/resume-run.ts";
import type { Run, RunOptions, RunResult } from "../../src/engine/run.ts";
import { isEndedRun } from "../../src/journal/fold.ts";
import type { Journal } from "../../src/journal/journal.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { AttemptFacts, Attempts } from "./attempts.ts";
import { checkRunLog } from "./check-run-log.ts";
import { Disk } from "./disk.ts";
import { diskJournal } from "./disk-journal.ts";
import { Observer } from "./observer.ts";
import { randomPlan, type RandomPlan } from "./random-plan.ts";
import { Life, type World } from "./world.ts";

/** Virtual time in which a run must end once nothing goes wrong any more. */
const QUIET_MS = 6 * 3_600_000;
const EXPECTED_REFUSALS = new Set([
  "not_ready",
  "already_settled",
  "already_claimed",
  "item_not_found",
  "journal_unavailable",
  "interrupted",
  "invalid_usage",
]);

export async function playRun(world: World): Promise<RunStory> {
  const story = new RunStory(world);
  story.begin();
  const isWell = await world.run(() => story.isOver, story.roughUntil + QUIET_MS);
  if (isWell) await story.checkEnd();
  else world.violate("I6", `the run does not end: ${story.describe()}`);
  return story;
}

interface Present {
  readonly life: Life;
  readonly run: Run;
  readonly attempts: Attempts;
}

export class RunStory {
  readonly roughUntil: number;
  lives = 0;
  isOver = false;
  result: RunResult | undefined;
  readonly observer: Observer;
  readonly #world: World;
  readonly #chosen: RandomPlan;
  readonly #disk: Disk;
  readonly #facts = new AttemptFacts();
  #plan: Plan | undefined;
  #runId: string | undefined;
  #present: Present | undefined;
  #unflip: (() => void) | undefined;
  #wasCancelled = false;
  #capMax = 0;

  constructor(world: World) {
    const { random } = world;
    this.#world = world;
    this.#chosen = randomPlan(random);
    this.#disk = new Disk(world);
    this.observer = new Observer(world);
    this.roughUntil = random.int(0, 120) * 1_000;
  }

  /** What the disk holds. */
  get stored(): readonly string[] {
    return this.#disk.confirmed();
  }

  get isRough(): boolean {
    return this.#world.now < this.roughUntil;
  }

  begin(): void {
    this.#startLife();
    this.#plagueLater();
    // When everything is well, nobody holds the run back.
    this.#world.after(this.roughUntil + 1, () => this.#calm());
  }

  describe(): string {
    const run = this.#present?.run;
    const items = run === undefined ? [] : [...run.snapshot().items].map(({ key, status }) => `${key} ${status}`);
    return `${run?.snapshot().status ?? "nothing runs"}, ${items.join(", ")}; running ${this.#present?.attempts.running.join(", ")}`;
  }

  async checkEnd(): Promise<void> {
    const world = this.#world;
    if (this.#present !== undefined) this.#checkLeft(this.#present);
    checkRunLog({
      world,
      log: this.observer.log,
      plan: this.#plan!,
      spec: this.#chosen.spec,
      facts: this.#facts,
      wasCancelled: this.#wasCancelled,
    });
  }

  /** I16: a run that has ended leaves nothing behind. */
  #checkLeft({ life, attempts, run }: Present): void {
    if (attempts.running.length > 0) this.#world.violate("I16", `left running: ${attempts.running.join(", ")}`);
    if (life.isUp && life.armed > 0) this.#world.violate("I16", `${life.armed} timers are left`);
    this.observer.checkSnapshot(run.snapshot());
  }

  #startLife(): void {
    const life = new Life(this.#world, `process ${++this.lives}`);
    this.#live(life).catch((error: Error & { code?: string }) => {
      if (!life.isUp) return;
      const isExpected = error.code === "journal_unavailable" || error.code === "interrupted";
      if (!isExpected) this.#world.violate("I9", `${life.name} broke: ${error.code ?? ""} ${error.message}`);
      this.#restart(life);
    });
  }

  async #live(life: Life): Promise<void> {
    const world = this.#world;
    const journal = await this.#journal(life);
    if (journal === undefined) return this.#restart(life);
    const attempts = new Attempts({
      world,
      life,
      facts: this.#facts,
      isRough: () => this.isRough,
      onStart: (request, running) => {
        if (request.stage === "undo" && this.observer.isUndone(request.item))
          world.violate("I15", `${request.item} is undone again`);
        if (running > this.#capMax) world.violate("I5", `${running} attempts run, ${this.#capMax} may`);
        if (request.stage === undefined) this.observer.checkStarted(request);
      },
    });
    const run = await this.#run(life, journal, attempts);
    if (run === undefined) return;
    this.#present = { life, run, attempts };
    this.observer.watch(run, life);
    const result = await run.start();
    if (!life.isUp) return;
    this.result = result;
    this.isOver = true;
    await journal.close();
  }

  async #journal(life: Life): Promise<Journal | undefined> {
    const world = this.#world;
    const faults = () => ({
      failure: this.isRough ? 0.004 : 0,
      stall: this.isRough ? 0.02 : 0,
      crash: this.isRough && world.random.chance(0.02) ? () => this.#restart(life) : undefined,
    });
    try {
      return await diskJournal(world, life, this.#disk, faults, this.observer);
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === "journal_corrupt" && this.#unflip !== undefined) {
        this.#unflip();
        this.#unflip = undefined;
        return undefined;
      }
      world.violate("I9", `the journal cannot be opened: ${(error as Error).message}`);
      this.isOver = true;
      return undefined;
    }
  }

  async #run(life: Life, journal: Journal, attempts: Attempts): Promise<Run | undefined> {
    const { liveItemsMax, schedule, onFailure, definition } = this.#chosen;
    const planted = this.#world.planted === "cap not kept" ? 1 : 0;
    const options: RunOptions & { journal: Journal } = {
      env: life.env,
      journal,
      executors: [attempts],
      liveItemsMax: liveItemsMax + planted,
    };
    this.#capMax = liveItemsMax;
    const isStored = this.#runId !== undefined && (await journal.runs()).length > 0;
    if (!isStored) {
      this.observer.forget();
      const run = createRun(plantedIn(this.#world, definition), { ...options, schedule, onFailure });
      this.#runId = run.id;
      this.#plan = run.plan;
      return run;
    }
    const recovered = await journal.recover(this.#runId!);
    if (this.#unflip !== undefined) this.#world.violate("I9", "a journal with a broken record was read");
    if (isEndedRun(recovered.status)) {
      // Its end was stored, only nobody was told.
      this.isOver = true;
      return undefined;
    }
    return resumeRun(recovered, this.#plan!, options);
  }

  #restart(life: Life): void {
    if (!life.isUp) return;
    life.kill();
    this.#disk.crash();
    this.#disk.holder = undefined;
    this.#present = undefined;
    this.observer.unwatch();
    if (this.isOver) return;
    const { random } = this.#world;
    const down = random.pick([1, 100, 5_000, 600_000]);
    if (this.isRough && this.#unflip === undefined && random.chance(0.05)) this.#unflip = this.#disk.flipBit();
    this.#world.after(down, () => this.#startLife());
  }

  #plagueLater(): void {
    this.#world.after(this.#world.random.int(1, 15_000), () => {
      if (this.isOver || !this.isRough) return;
      this.#plague();
      this.#plagueLater();
    });
  }

  #plague(): void {
    const world = this.#world;
    const { random } = world;
    const present = this.#present;
    if (random.chance(0.1)) {
      world.wall += random.pick([-86_400_000, 86_400_000, 3_600_000, -60_000]);
      world.log("the wall clock jumps");
    }
    if (present === undefined) return;
    const luck = random.next();
    if (luck < 0.3) this.#restart(present.life);
    else if (luck < 0.4) present.life.pause(random.int(100, 60_000));
    else if (luck < 0.45) void this.#asked(present.run.stop({ graceful: random.chance(0.7) }));
    else if (luck < 0.5) this.#second();
    else this.#person(present.run);
  }

  /** Another process wants the same state. */
  #second(): void {
    const life = new Life(this.#world, "intruder");
    const faults = () => ({ failure: 0, stall: 0 });
    diskJournal(this.#world, life, this.#disk, faults, this.observer).then(
      async (journal) => {
        this.#world.violate("I18", "two processes have one journal");
        await journal.close();
      },
      () => life.kill(),
    );
  }

  #person(run: Run): void {
    const { random } = this.#world;
    const key = random.pick(run.plan.tasks).key;
    const luck = random.next();
    if (luck < 0.2) void this.#asked(run.pause());
    else if (luck < 0.4) void this.#asked(run.resume());
    else if (luck < 0.6) this.#setCap(run, random.int(1, 5));
    else if (luck < 0.75) this.#cancelItem(run, key);
    else if (luck < 0.95) void this.#asked(run.retry(key));
    else {
      this.#wasCancelled = true;
      void this.#asked(run.cancel());
    }
  }

  #setCap(run: Run, cap: number): void {
    this.#capMax = Math.max(this.#capMax, cap);
    void this.#asked(run.setCap(cap));
  }

  #cancelItem(run: Run, key: string): void {
    void this.#asked(run.cancelItem(key));
  }

  #calm(): void {
    this.#world.log("all is well from now on");
    const run = this.#present?.run;
    // Only when it has to: any command would wake an engine that has lost its timer.
    if (run?.snapshot().status === "paused") void this.#asked(run.resume());
    // A process that comes back later finds the run paused.
    if (!this.isOver) this.#world.after(60_000, () => this.#calm());
  }

  async #asked(answer: Promise<unknown>): Promise<void> {
    try {
      await answer;
    } catch (error) {
      const { code = "", message } = error as Error & { code?: string };
      if (!EXPECTED_REFUSALS.has(code)) this.#world.violate("errors", `a command was answered with ${code} ${message}`);
    }
  }
}

/** Planted: what the engine is told instead of the plan. */
function plantedIn({ planted }: World, definition: RandomPlan["definition"]): RandomPlan["definition"] {
  if (planted !== "failed need counts as done") return definition;
  const tasks = Object.entries(definition.tasks).map(([id, { needs = [], ...task }]) => {
    const ids = Array.isArray(needs) ? (needs as string[]) : Object.keys(needs);
    return [id, { ...task, needs: Object.fromEntries(ids.map((need) => [need, "settled" as const])) }];
  });
  return { ...definition, tasks: Object.fromEntries(tasks) as RandomPlan["definition"]["tasks"] };
}
