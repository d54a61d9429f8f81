/**
 * A page that hands frames on to Stately's inspector in a frame of its own. It needs the internet, and what is inspected goes to that page;
 * so it is opened only by a person who asks for it.
 */
export const STATELY_HTML = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Stately inspector</title>
<link rel="stylesheet" href="BASE/page.cssQUERY">
<script type="module" src="BASE/stately.jsQUERY"></script>
</head>
<body data-base="BASE" data-query="QUERY" class="stately">
<iframe id="inspector" title="Stately inspector" src="https://stately.ai/inspect"></iframe>
</body>
</html>
`;

/** The inspector says when it is ready; what came before waits, the latest first to go when it is too much. */
export const STATELY_SCRIPT = String.raw`
const WAITING_MAX = 5000;
const inspector = document.getElementById("inspector");
const ORIGIN = "https://stately.ai";
let waiting = [];
addEventListener("message", ({ data, origin }) => {
  if (origin !== ORIGIN || data?.type !== "@statelyai.connected" || waiting === undefined) return;
  const frames = waiting;
  waiting = undefined;
  for (const frame of frames) inspector.contentWindow.postMessage(frame, ORIGIN);
});
const socket = await connect("frames", (why) => { inspector.replaceWith(why); });
if (socket) socket.onmessage = ({ data }) => {
  const frame = JSON.parse(data);
  if (waiting === undefined) inspector.contentWindow.postMessage(frame, ORIGIN);
  else if (waiting.length < WAITING_MAX) waiting.push(frame);
};
`;
