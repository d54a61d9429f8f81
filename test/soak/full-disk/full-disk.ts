/**
 * Goal: a full disk refuses, and loses nothing (I21). Method: a real file system that is too small, in memory and seen by this trial
 * only; a run and a server work on it until there is no room, are told so, get room, and go on. What was acknowledged is there at each
 * moment, and the state is the fold of its log.
 *
 * The trial is a process of its own, in a mount namespace of its own: as the superuser, else in a user namespace. Where the system
 * allows neither, its files may not grow beyond a limit: then writes fail in the middle as well, though only those to large files.
 */
import { spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Campaign, CampaignResult } from "../campaign.ts";

const inside = fileURLToPath(new URL("./inside.ts", import.meta.url));

/** How a file system of our own is had here; `undefined`: not at all. */
export function waysToMount(): readonly string[] | undefined {
  const ways = [
    ["unshare", "--mount"],
    ["unshare", "--map-root-user", "--mount"],
  ];
  return ways.find(([file, ...args]) => {
    const script = 'mount -t tmpfs -o size=64k tmpfs "$1" && : > "$1/a"';
    const { status } = spawnSync(file!, [...args, "sh", "-c", script, "sh", "/mnt"], { stdio: "ignore" });
    return status === 0;
  });
}

export const fullDisk: Campaign = {
  question: "Does a disk without room refuse in clear words, lose nothing, and serve again when there is room?",
  run: ({ size }) => {
    const way = waysToMount();
    const rounds = size === "large" ? 20 : 1;
    const words = [process.execPath, inside, way === undefined ? "limit" : "mount", String(rounds)];
    const [file, ...args] = [...(way ?? []), ...words];
    return new Promise<CampaignResult>((resolve, reject) => {
      const child = spawn(file!, args, { stdio: ["ignore", "pipe", "inherit"] });
      let text = "";
      child.stdout.on("data", (chunk) => (text += String(chunk)));
      child.on("error", reject);
      child.on("close", (code) => {
        if (code === 0) resolve(JSON.parse(text.trim().split("\n").at(-1)!) as CampaignResult);
        else reject(new Error(`the trial ended with ${code}: ${text}`));
      });
    });
  },
};
