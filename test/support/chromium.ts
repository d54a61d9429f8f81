import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium, type Browser } from "playwright-core";
import { root } from "./tidy/repository.ts";

/** Not the defaults of the package, which would turn off what the tests are about: one process, no web security. */
const ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"];

/**
 * A real Chromium: the one that `SIGNALBOX_CHROMIUM` names, the one of the development packages (Linux on x64), or one that this machine
 * has. The caller closes it. @throws when there is none
 */
export async function openChromium(): Promise<Browser> {
  const executablePath = process.env["SIGNALBOX_CHROMIUM"] ?? (await packaged()) ?? installed();
  if (executablePath !== undefined) return chromium.launch({ executablePath, args: ARGUMENTS });
  return chromium.launch({ channel: "chrome", args: ARGUMENTS });
}

/** It unpacks itself below the folder for temporary files and takes whatever is there already: so it gets one for its version. */
async function packaged(): Promise<string | undefined> {
  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  const folder = join(root, "node_modules/.cache/chromium-153");
  mkdirSync(folder, { recursive: true });
  const before = process.env["TMPDIR"];
  process.env["TMPDIR"] = folder;
  try {
    const { default: package_ } = await import("@sparticuz/chromium");
    return await package_.executablePath();
  } finally {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
  }
}

function installed(): string | undefined {
  return ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) => existsSync(path));
}
