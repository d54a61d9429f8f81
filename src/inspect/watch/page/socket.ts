/**
 * How both pages reach the server. Where the address has the token, the socket's has it too; below a path of another server the tab has it, as
 * the board of that server keeps it, and it goes along as a subprotocol: never in an address.
 */
export const SOCKET_SCRIPT = String.raw`
const { base, query } = document.body.dataset;
const NAME = "signalbox-token";

function tokenOfTab() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given !== null) {
    history.replaceState(null, "", location.pathname);
    sessionStorage.setItem(NAME, given);
  }
  return sessionStorage.getItem(NAME);
}

/** Why the server would refuse, or nothing. A socket that is refused does not say why. */
async function refusal(token) {
  if (token === null) return "This tab has no token: open the board, which asks for one, and come back from there.";
  const answer = await fetch("/api/session", { headers: { authorization: "Bearer " + token } });
  if (answer.status === 401) return "The server does not know the token of this tab: open the board, which asks for one.";
  const { role } = await answer.json();
  return role === "plan" || role === "admin" ? undefined : "Your token has the role " + role + ": what actors do is shown to plan and admin.";
}

/** Answers the socket, or says why there is none. */
async function connect(mode, say) {
  const address = (location.protocol === "https:" ? "wss://" : "ws://") + location.host + base + "/ws";
  if (query !== "") return new WebSocket(address + query + "&mode=" + mode);
  const token = tokenOfTab();
  const why = await refusal(token);
  if (why === undefined) return new WebSocket(address + "?mode=" + mode, ["signalbox.inspect", "token." + token]);
  say(why);
}
`;
