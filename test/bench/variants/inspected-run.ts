/** A run of items that are all live at once: as it is, with a bridge that nobody looks at, and with a viewer that watches every actor. */
import { nodeEnv } from "../../../src/base/node-env.ts";
import { createRun, definePlan } from "../../../src/index.ts";
import { Bridge } from "../../../src/inspect/watch/bridge.ts";
import { Viewer } from "../../../src/inspect/watch/viewer.ts";
import { numberParam, type Extra, type Prepared, type VariantParams } from "../harness/variant.ts";
import { noop } from "./noop.ts";

export async function inspectedRun(params: VariantParams): Promise<Prepared> {
  const env = nodeEnv();
  const options = { liveItemsMax: numberParam(params, "cap") };
  const planOf = (size: number): ReturnType<typeof definePlan> =>
    definePlan({ tasks: Object.fromEntries(Array.from({ length: size }, (_, i) => [`t${i}`, { run: noop }])) });
  await createRun(planOf(2_000), options).start();
  const run = createRun(planOf(numberParam(params, "size")), options);
  const bridge = new Bridge({ clock: env.clock });
  let frames = 0;
  let bytes = 0;
  let missed = 0;
  const outlet = {
    send: (text: string): void => {
      frames++;
      bytes += text.length;
    },
    waiting: () => 0,
  };
  return {
    run: async (): Promise<Extra> => {
      if (params["mode"] !== "off") bridge.watch(run);
      const viewer =
        params["mode"] === "watched"
          ? new Viewer({ bridge, env, outlet, missed: (count) => void (missed += count) })
          : undefined;
      const delay = longestDelay();
      await run.start();
      await viewer?.drained(60_000);
      return { delayMs: delay.stop(), frames, megabytes: bytes / 1e6, missed };
    },
  };
}

/** The longest that this thread worked without giving others their turn; other programs of the machine do not count. */
function longestDelay(): { stop(): number } {
  const worked = (): number => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1_000;
  };
  let longest = 0;
  let last = worked();
  let isOver = false;
  const look = (): void => {
    const now = worked();
    longest = Math.max(longest, now - last);
    last = now;
    if (!isOver) setImmediate(look);
  };
  setImmediate(look);
  return {
    stop: () => {
      isOver = true;
      return longest;
    },
  };
}
