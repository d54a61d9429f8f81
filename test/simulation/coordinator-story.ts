/**
 * Agents that share the work of one coordinator while it is killed, paused and restarted, its disk fails, its network loses and doubles
 * what they say, and they themselves fall asleep with work in hand. Then all is well, and the work has to get done.
 */
import { handlerOf } from "../../src/server/app.ts";
import { Coordinator } from "../../src/server/coordinator.ts";
import { routesOf } from "../../src/server/coordinator-server.ts";
import type { Project } from "../../src/server/project.ts";
import { Doorkeeper } from "../../src/server/tokens.ts";
import { Agent, type Crew } from "./agent.ts";
import { ClaimChecks } from "./claim-checks.ts";
import { Disk } from "./disk.ts";
import { diskJournal } from "./disk-journal.ts";
import { Network, TOKEN, type Listener } from "./network.ts";
import { Observer } from "./observer.ts";
import { StreamReader } from "./stream-reader.ts";
import { Life, type World } from "./world.ts";

const QUIET_MS = 3 * 3_600_000;
const AGENTS = ["ada", "ada", "bob"];

export async function playCoordinator(world: World): Promise<CoordinatorStory> {
  const story = new CoordinatorStory(world);
  story.begin();
  const isWell = await world.run(() => story.isOver, story.roughUntil + QUIET_MS);
  if (isWell) story.checkEnd();
  else world.violate("I6", `the work does not get done: ${story.describe()}`);
  return story;
}

export class CoordinatorStory implements Crew {
  readonly world: World;
  readonly roughUntil: number;
  readonly network: Network;
  readonly checks: ClaimChecks;
  readonly observer: Observer;
  readonly itemsMax: number;
  created = 0;
  lives = 0;
  isOver = false;
  readonly #disk: Disk;
  readonly #stream: StreamReader;
  #listener: Listener | undefined;
  #project: Project | undefined;

  constructor(world: World) {
    const { random } = world;
    this.world = world;
    this.roughUntil = random.int(0, 60) * 1_000;
    this.itemsMax = random.int(1, 6);
    this.observer = new Observer(world);
    this.checks = new ClaimChecks(world, this.observer);
    this.#disk = new Disk(world);
    this.#stream = new StreamReader(world, this.observer);
    this.network = new Network({
      world,
      isRough: () => this.isRough,
      listener: () => this.#listener,
      currentToken: (id) => this.observer.rowOf(id)?.token ?? 0,
    });
  }

  /** What the disk holds. */
  get stored(): readonly string[] {
    return this.#disk.confirmed();
  }

  get isRough(): boolean {
    return this.world.now < this.roughUntil;
  }

  begin(): void {
    this.#startLife();
    this.#plagueLater();
    const agents = AGENTS.slice(0, this.world.random.int(2, AGENTS.length));
    for (const [number, name] of agents.entries()) void new Agent(this, name, number).work();
    void this.#overseer();
  }

  describe(): string {
    const items = [...(this.#project?.snapshot.items ?? [])].map(({ key, status }) => `${key} ${status}`);
    return `${this.created} of ${this.itemsMax} items made: ${items.join(", ")}`;
  }

  checkEnd(): void {
    this.checks.checkEnd(this.#project!.run.plan);
    this.#stream.checkEnd();
  }

  /** Says when everything is done that can be. */
  async #overseer(): Promise<void> {
    await this.world.sleep(this.roughUntil);
    this.world.log("all is well from now on");
    while (!this.isOver) {
      await this.world.sleep(20_000);
      const project = this.#project;
      if (this.#listener === undefined || project === undefined || this.created < this.itemsMax) continue;
      const { counts, items } = project.snapshot;
      const isLeft = [...items].some(({ number }) => project.view(number).ready);
      if (counts.claimed === 0 && !isLeft && this.#stream.isCaughtUp) this.isOver = true;
    }
  }

  #startLife(): void {
    const life = new Life(this.world, `coordinator ${++this.lives}`);
    this.#live(life).catch((error: Error & { code?: string }) => {
      if (!life.isUp) return;
      if (error.code !== "journal_unavailable") this.world.violate("I9", `${life.name} broke: ${error.stack ?? ""}`);
      this.#restart(life);
    });
  }

  async #live(life: Life): Promise<void> {
    const { world, observer } = this;
    const faults = () => ({
      failure: this.isRough ? 0.004 : 0,
      stall: this.isRough ? 0.02 : 0,
      crash: this.isRough && world.random.chance(0.01) ? () => this.#restart(life) : undefined,
    });
    const journal = await diskJournal(world, life, this.#disk, faults, observer);
    const onProblem = (problem: Error & { code?: string }): void => {
      if (!life.isUp) return;
      if (problem.code !== "journal_unavailable") world.violate("errors", problem.stack ?? problem.message);
      else this.#restart(life);
    };
    if ((await journal.runs()).length === 0) observer.forget();
    const coordinator = new Coordinator({
      openJournal: async () => journal,
      env: life.env,
      defaultName: "p",
      onProblem,
    });
    await coordinator.open();
    if (!life.isUp) return;
    const project = coordinator.project();
    observer.watch(project.run, life);
    this.#project = project;
    this.#stream.connect(project, life);
    this.#listener = { life, handle: handlerFor(coordinator, onProblem), tokenOffset: this.#tokenOffset() };
    this.#stop = async () => {
      await coordinator.close();
      await journal.close();
    };
  }

  #stop: () => Promise<void> = async () => {};

  #tokenOffset(): number {
    return this.world.planted === "token counter begins anew" ? Math.max(0, this.observer.log.length - 1) : 0;
  }

  #restart(life: Life): void {
    if (!life.isUp) return;
    life.kill();
    this.#disk.crash();
    this.#gone();
  }

  #gone(): void {
    this.#disk.holder = undefined;
    this.#listener = undefined;
    this.observer.unwatch();
    this.#stream.disconnect();
    if (this.isOver) return;
    this.world.after(this.world.random.pick([1, 100, 3_000, 120_000]), () => this.#startLife());
  }

  #plagueLater(): void {
    this.world.after(this.world.random.int(1, 15_000), () => {
      if (this.isOver || !this.isRough) return;
      this.#plague();
      this.#plagueLater();
    });
  }

  #plague(): void {
    const { world } = this;
    const { random } = world;
    if (random.chance(0.2)) {
      world.wall += random.pick([-86_400_000, 86_400_000, 3_600_000, -60_000]);
      world.log("the wall clock jumps");
    }
    const life = this.#listener?.life;
    if (life === undefined) return;
    const luck = random.next();
    if (luck < 0.35) this.#restart(life);
    else if (luck < 0.5) life.pause(random.int(100, 60_000));
    else if (luck < 0.6) void this.#stopInOrder(life);
  }

  async #stopInOrder(life: Life): Promise<void> {
    this.world.log(`${life.name} stops`);
    this.#listener = undefined;
    try {
      await this.#stop();
    } catch (error) {
      if ((error as { code?: string }).code !== "journal_unavailable") throw error;
    }
    if (!life.isUp) return;
    life.isUp = false;
    this.#gone();
  }
}

function handlerFor(coordinator: Coordinator, onProblem: (problem: Error) => void): Listener["handle"] {
  const hosts = new Set(["sim:1"]);
  const doorkeeper = new Doorkeeper({
    read: "r".repeat(43),
    worker: "w".repeat(43),
    plan: "p".repeat(43),
    admin: TOKEN,
  });
  return handlerOf({
    routes: routesOf(coordinator, { version: "0.0.0", hosts }),
    gate: { hosts },
    doorkeeper,
    onProblem,
  });
}
