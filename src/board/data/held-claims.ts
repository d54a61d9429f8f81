/**
 * What a person has claimed from this tab, with the tokens that their reports need. Kept as long as the tab: a reload loses nothing, and nobody else
 * gets to see them.
 */
import type { Item } from "./wire.ts";

export interface HeldClaim {
  readonly token: number;
  readonly agent: string;
  readonly attempt: number;
}

const NAME = "signalbox-claims";
const PERSON = "signalbox-person";
/** Claims of long ago are over anyway. */
const CLAIMS_MAX = 200;

const CHANGED = "signalbox:claims";

type Page = Pick<Window, "sessionStorage" | "localStorage" | "dispatchEvent">;

/** For `useSyncExternalStore`: what is held changes in dialogs, and is shown beside them. */
export function watchClaims(listener: () => void): () => void {
  window.addEventListener(CHANGED, listener);
  return () => window.removeEventListener(CHANGED, listener);
}

/** All of it, to tell whether it has changed. */
export function claimsText({ sessionStorage }: Page): string {
  return sessionStorage.getItem(NAME) ?? "{}";
}

/** The claim of this tab on this item, as long as the server says that it holds. */
export function heldClaim(page: Page, item: Item): HeldClaim | undefined {
  const claim = readAll(page)[item.id];
  const isOurs = claim?.agent === item.assigned_agent_id && claim.attempt === item.attempt;
  return item.status === "claimed" && isOurs ? claim : undefined;
}

export function keepClaim(page: Page, id: string, claim: HeldClaim): void {
  const all = Object.entries(readAll(page)).filter(([known]) => known !== id);
  write(page, [...all, [id, claim] as const].slice(-CLAIMS_MAX));
}

export function forgetClaim(page: Page, id: string): void {
  write(
    page,
    Object.entries(readAll(page)).filter(([known]) => known !== id),
  );
}

/** The name that a person works and writes under; it is no identity, the token is. */
export function personOf({ localStorage }: Page): string {
  return localStorage.getItem(PERSON) ?? "";
}

export function keepPerson({ localStorage }: Page, name: string): void {
  localStorage.setItem(PERSON, name);
}

function readAll(page: Page): Readonly<Record<string, HeldClaim>> {
  try {
    const value: unknown = JSON.parse(claimsText(page));
    // Only this file writes it; whatever else is there is passed over.
    return typeof value === "object" && value !== null ? (value as Record<string, HeldClaim>) : {};
  } catch {
    return {};
  }
}

function write(page: Page, claims: readonly (readonly [string, HeldClaim])[]): void {
  page.sessionStorage.setItem(NAME, JSON.stringify(Object.fromEntries(claims)));
  page.dispatchEvent(new Event(CHANGED));
}
