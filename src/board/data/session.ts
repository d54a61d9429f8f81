/**
 * The token of this tab. It comes in the fragment of the address that `signalbox serve` prints, which no server and no log ever sees,
 * leaves the address at once, and is kept for as long as the tab is.
 */
const NAME = "signalbox-token";
const TOKEN = /^[A-Za-z0-9_-]{20,200}$/;

export function takeToken({ location, history, sessionStorage }: Window): string | undefined {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given !== null) history.replaceState(null, "", `${location.pathname}${location.search}`);
  if (given !== null && TOKEN.test(given)) sessionStorage.setItem(NAME, given);
  return sessionStorage.getItem(NAME) ?? undefined;
}

/** Keeps a token that a person typed; answers whether it looks like one. */
export function keepToken({ sessionStorage }: Window, token: string): boolean {
  if (!TOKEN.test(token)) return false;
  sessionStorage.setItem(NAME, token);
  return true;
}

export function forgetToken({ sessionStorage }: Window): void {
  sessionStorage.removeItem(NAME);
}
