/** What can be told of another process by its number. */
import { readFileSync } from "node:fs";
import { systemCode } from "./error-code.ts";

/** `foreign`: it is there, and another user's; `gone`: no process has this number. A number may be given again. */
export function processState(pid: number): "ours" | "foreign" | "gone" {
  try {
    process.kill(pid, 0);
    return "ours";
  } catch (error) {
    return systemCode(error) === "EPERM" ? "foreign" : "gone";
  }
}

/** Which start of this machine; empty where the platform does not tell. */
export function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}
