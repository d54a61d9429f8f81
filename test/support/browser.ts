/**
 * A real Chromium for tests of the board: on Linux x64 the one that comes as a package and needs nothing of the system, elsewhere
 * an installed one. A machine without any fails the tests that need it, with what to do.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { chromium, type Browser, type Page } from "playwright-core";
import { root } from "./tidy/repository.ts";

const ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--font-render-hinting=none"];
const cache = join(root, "node_modules/.cache/chromium-153");

const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(cache, "fonts")}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${join(cache, "fonts-cache")}</cachedir>
  <alias><family>system-ui</family><prefer><family>Open Sans</family></prefer></alias>
  <alias><family>sans-serif</family><prefer><family>Open Sans</family></prefer></alias>
  <alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
</fontconfig>
`;

/** @throws Error when there is no browser */
export async function launchBrowser(): Promise<Browser> {
  const own = process.env["SIGNALBOX_CHROMIUM"];
  if (own !== undefined) return chromium.launch({ executablePath: own, args: ARGS });
  if (process.platform === "linux" && process.arch === "x64") return launchPackaged();
  for (const channel of ["chrome", "chromium", "msedge"]) {
    const browser = await chromium.launch({ channel, args: ARGS }).catch(() => undefined);
    if (browser !== undefined) return browser;
  }
  throw new Error(
    "expected a Chromium, Chrome or Edge for the tests of the board, found none; install one, or name its program with SIGNALBOX_CHROMIUM",
  );
}

/** A page, and what goes wrong in it. */
export async function pageOf(browser: Browser): Promise<{ readonly page: Page; readonly faults: string[] }> {
  const page = await browser.newPage();
  page.setDefaultTimeout(10_000);
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  return { page, faults };
}

async function launchPackaged(): Promise<Browser> {
  if (!existsSync(cache)) await unpack();
  const executablePath = join(cache, "chromium");
  const fonts = { ...process.env, FONTCONFIG_PATH: join(cache, "fonts") } as Record<string, string>;
  // A bare machine lacks what Chromium is linked with; the package has that too.
  const libraries = { ...fonts, LD_LIBRARY_PATH: join(cache, "al2023/lib") };
  const env = isLinked(executablePath) ? fonts : libraries;
  return chromium.launch({ executablePath, args: ARGS, env });
}

/** Whether the system has every library that the program names. */
function isLinked(program: string): boolean {
  try {
    return !execFileSync("ldd", [program], { encoding: "utf8" }).includes("not found");
  } catch {
    return false;
  }
}

/** Into a folder beside, then moved: half of a browser would be found by the next test. */
async function unpack(): Promise<void> {
  mkdirSync(dirname(cache), { recursive: true });
  const draft = mkdtempSync(`${cache}-`);
  const before = process.env["TMPDIR"];
  // The package unpacks to wherever temporary files go.
  process.env["TMPDIR"] = draft;
  try {
    const { inflate } = await import("@sparticuz/chromium");
    const bin = join(dirname(createRequire(import.meta.url).resolve("@sparticuz/chromium")), "../bin");
    await Promise.all(["chromium.br", "fonts.tar.br", "al2023.tar.br"].map((name) => inflate(join(bin, name))));
    // The package's own configuration looks in folders of the service that it is made for.
    writeFileSync(join(draft, "fonts/fonts.conf"), FONTS);
  } finally {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
  }
  try {
    renameSync(draft, cache);
  } catch (error) {
    // Another test file was faster.
    if (!existsSync(cache)) throw error;
    rmSync(draft, { recursive: true, force: true });
  }
}
