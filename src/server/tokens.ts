/**
 * Who may do what: bearer tokens with roles. They stand in one file of the state directory that only its owner can read, never in
 * an argument, an address or a log.
 *
 * A1 Each role may what the ones below it may: read < worker < plan < admin.
 * A2 A token is compared in a time that says nothing about it.
 * A3 The file is made once, with all its content, or not at all; one that others can read is refused.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { syncNames } from "../base/durable-names.ts";
import { isOfSystem, systemCode } from "../base/error-code.ts";
import { SignalboxError } from "../base/errors.ts";
import { adviceIfExhausted } from "../base/exhausted.ts";
import { isThere } from "../base/if-there.ts";
import { ProblemError } from "./problem.ts";

/** What a token allows: to look; also to claim and report; also to create, cancel and requeue; everything. */
export const ROLES = ["read", "worker", "plan", "admin"] as const;
export type Role = (typeof ROLES)[number];
export type Tokens = Readonly<Record<Role, string>>;

const TOKEN = /^[A-Za-z0-9_-]{43}$/;
const ADMITTED_MAX = 16;
const SCHEME = "Bearer ";
const BEARER = /^Bearer [!-~]{1,512}$/i;

export function tokensFile(stateDir: string): string {
  return join(stateDir, "server-tokens.json");
}

/** The tokens of a state directory; made when there are none. @throws SignalboxError `state_unwritable` */
export function ensureTokens(stateDir: string): Tokens {
  const path = tokensFile(stateDir);
  try {
    if (!isThere(path)) makeTokens(path);
    // Also when it was there: who made it may have ended before its name was durable.
    syncNames(stateDir);
    return readTokens(path);
  } catch (error) {
    if (!isOfSystem(error)) throw error;
    const advice = adviceIfExhausted(error) ?? "See whether it is yours and what its disk says.";
    throw unusable(path, `got: ${error.message}. ${advice}`);
  }
}

function makeTokens(path: string): void {
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  const fresh = freshTokens();
  const handle = openSync(draft, "wx", 0o600);
  try {
    writeSync(handle, `${JSON.stringify(fresh, undefined, 2)}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  try {
    linkSync(draft, path);
  } catch (error) {
    // Somebody else was first: theirs count.
    if (systemCode(error) !== "EEXIST") throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Tokens that nobody else knows. */
export function freshTokens(): Tokens {
  const made = ROLES.map((role) => [role, randomBytes(32).toString("base64url")]);
  return Object.fromEntries(made);
}

/** @throws SignalboxError `state_unwritable` when others may read it or it is not what we write */
function readTokens(path: string): Tokens {
  const handle = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    if (process.getuid !== undefined && (fstatSync(handle).mode & 0o077) !== 0)
      throw unusable(path, "others can read it; make new ones: delete the file");
    const value: unknown = JSON.parse(readFileSync(handle, "utf8"));
    const tokens = new Map(Object.entries(typeof value === "object" && value !== null ? value : {}));
    const isWhole = ROLES.every((role) => TOKEN.test(String(tokens.get(role))));
    if (!isWhole) throw unusable(path, "it does not hold a token for each role; make new ones: delete the file");
    // Checked one by one above.
    return Object.fromEntries(ROLES.map((role) => [role, tokens.get(role)])) as unknown as Tokens;
  } catch (error) {
    if (error instanceof SyntaxError) throw unusable(path, "it is no JSON; make new ones: delete the file");
    throw error;
  } finally {
    closeSync(handle);
  }
}

function unusable(path: string, problem: string): SignalboxError {
  return new SignalboxError("state_unwritable", `expected the tokens of this server in ${path}, but ${problem}`);
}

/** Finds the role of a request. */
export class Doorkeeper {
  readonly #known: readonly { readonly role: Role; readonly token: Buffer }[];
  /** A2: headers that were let in before. A map finds them by a hash with a secret seed: how long that takes says nothing of them. */
  readonly #admitted = new Map<string, Role>();

  constructor(tokens: Tokens) {
    this.#known = ROLES.map((role) => ({ role, token: Buffer.from(tokens[role], "latin1") }));
  }

  /** @throws ProblemError `unauthorized`, `forbidden_role` */
  admit(authorization: string | undefined, needed: Role): Role {
    const role = this.#admitted.get(authorization ?? "") ?? this.#roleOf(authorization);
    if (role === undefined)
      throw new ProblemError(
        "unauthorized",
        "expected a token of this server: `Authorization: Bearer …`; it stands in server-tokens.json of the state directory",
        { headers: { "www-authenticate": "Bearer" } },
      );
    if (ROLES.indexOf(role) < ROLES.indexOf(needed))
      throw new ProblemError(
        "forbidden_role",
        `expected a token with the role ${needed}, got one with the role ${role}`,
      );
    return role;
  }

  /** A2: how long a token is says nothing of it, and all of them are looked at. */
  #roleOf(authorization = ""): Role | undefined {
    if (!BEARER.test(authorization)) return undefined;
    const given = Buffer.from(authorization.slice(SCHEME.length), "latin1");
    let found: Role | undefined;
    for (const { role, token } of this.#known)
      if (token.length === given.length && timingSafeEqual(token, given)) found = role;
    // One for each token, but for ways to write the scheme in upper and lower case.
    if (found !== undefined && this.#admitted.size < ADMITTED_MAX) this.#admitted.set(authorization, found);
    return found;
  }
}
