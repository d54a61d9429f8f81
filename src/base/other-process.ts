/** What can be told of another process by its number. */
import { systemCode } from "./error-code.ts";
import { textIfThere } from "./if-there.ts";

/** `foreign`: it is there, and another user's; `gone`: no process has this number. A number may be given again. */
export function processState(pid: number): "ours" | "foreign" | "gone" {
  try {
    process.kill(pid, 0);
    return "ours";
  } catch (error) {
    return systemCode(error) === "EPERM" ? "foreign" : "gone";
  }
}

let ownBoot: string | undefined;

/**
 * Which start of this machine; empty where the platform does not tell, or not everybody, as in a sandbox.
 * @throws what the system says when it cannot be read just now
 */
export function bootId(): string {
  return (ownBoot ??= readBootId());
}

function readBootId(): string {
  try {
    return textIfThere("/proc/sys/kernel/random/boot_id")?.trim() ?? "";
  } catch (error) {
    const code = systemCode(error);
    if (code === "EACCES" || code === "EPERM") return "";
    throw error;
  }
}
