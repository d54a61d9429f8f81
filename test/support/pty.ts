/**
 * A real pseudo terminal without any extra package: Node's own foreign-function interface calls the C library. The child
 * gets the terminal as its standard streams; what it writes is gathered.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, createReadStream, openSync } from "node:fs";
import { createRequire } from "node:module";

interface Ffi {
  dlopen(
    path: string,
    definitions: Record<string, { arguments: string[]; return: string }>,
  ): { functions: Record<string, (...values: unknown[]) => unknown> };
  toString(pointer: unknown): string;
}

export interface Pty {
  readonly child: ChildProcess;
  /** Everything written to the terminal so far. */
  readonly output: () => string;
  resize(columns: number, rows: number): void;
  /** Code and signal of the child once it has gone and its output has been read. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

const SET_WINDOW_SIZE = process.platform === "darwin" ? 0x80087467n : 0x5414n;
const READ_WRITE_NO_CONTROLLING = process.platform === "darwin" ? 0x20002 : 0x102;

function ffi(): Ffi | undefined {
  try {
    return createRequire(import.meta.url)("node:ffi") as Ffi;
  } catch {
    return undefined;
  }
}

/** Whether this Node can open one: the pinned Node of development can, on Linux and macOS. */
export const hasPty = process.platform !== "win32" && ffi() !== undefined;

export function spawnInPty(
  command: string,
  words: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly columns: number; readonly rows: number },
): Pty {
  const native = ffi()!;
  const { functions } = native.dlopen(process.platform === "darwin" ? "libSystem.dylib" : "libc.so.6", {
    posix_openpt: { arguments: ["int32"], return: "int32" },
    grantpt: { arguments: ["int32"], return: "int32" },
    unlockpt: { arguments: ["int32"], return: "int32" },
    ptsname: { arguments: ["int32"], return: "pointer" },
    ioctl: { arguments: ["int32", "uint64", "buffer"], return: "int32" },
  });
  const master = functions["posix_openpt"]!(READ_WRITE_NO_CONTROLLING) as number;
  if (master < 0 || functions["grantpt"]!(master) !== 0 || functions["unlockpt"]!(master) !== 0) {
    throw new Error("no pseudo terminal to be had");
  }
  const setSize = (columns: number, rows: number): void => {
    functions["ioctl"]!(master, SET_WINDOW_SIZE, new Uint8Array(new Uint16Array([rows, columns, 0, 0]).buffer));
  };
  setSize(options.columns, options.rows);
  const slave = openSync(native.toString(functions["ptsname"]!(master)), "r+");
  const child = spawn(command, words, { cwd: options.cwd, env: options.env, stdio: [slave, slave, slave] });
  closeSync(slave);
  const { output, ended } = gather(child, master);
  const resize = (columns: number, rows: number): void => {
    setSize(columns, rows);
    child.kill("SIGWINCH");
  };
  return { child, output, ended, resize };
}

function gather(child: ChildProcess, master: number): Pick<Pty, "output" | "ended"> {
  const chunks: Buffer[] = [];
  const stream = createReadStream("", { fd: master });
  stream.on("data", (chunk) => chunks.push(Buffer.from(chunk)));
  // When the last process has closed the terminal, reading from it fails with EIO: that is its end.
  const read = new Promise<void>((resolve) => {
    stream.on("error", () => resolve());
    stream.on("end", () => resolve());
  });
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.on("exit", (code, signal) => void read.then(() => resolve({ code, signal })));
  });
  return { output: () => Buffer.concat(chunks).toString("utf8"), ended };
}
