/** The page; `BASE` and `QUERY` are put in when it is served. */
export const PAGE_HTML = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Actors</title>
<link rel="stylesheet" href="BASE/page.cssQUERY">
<script type="module" src="BASE/page.jsQUERY"></script>
</head>
<body data-base="BASE" data-query="QUERY">
<header>
<h1>Actors</h1>
<p id="status" role="status">connecting</p>
<a id="board" href="/" hidden>Board</a>
<a href="BASE/statelyQUERY" title="Sends what is watched to the page of stately.ai, which needs the internet">Open in Stately</a>
</header>
<nav aria-label="Actors">
<input id="filter" type="search" placeholder="name" aria-label="Show actors whose name contains">
<p id="total"></p>
<ul id="actors"></ul>
</nav>
<main>
<section aria-labelledby="chart-title"><h2 id="chart-title">Choose an actor</h2><div id="chart" tabindex="0" role="group" aria-labelledby="chart-title"></div></section>
<section aria-labelledby="state-title"><h2 id="state-title">Snapshot</h2><pre id="snapshot" tabindex="0"></pre></section>
<section aria-labelledby="lanes-title"><h2 id="lanes-title">Sequence</h2><div id="lanes" tabindex="0" role="group" aria-labelledby="lanes-title"></div></section>
<section aria-labelledby="log-title"><h2 id="log-title">Events</h2><ol id="log" reversed tabindex="0" aria-labelledby="log-title"></ol></section>
<section aria-labelledby="app-title"><h2 id="app-title">An app of yours</h2><p>Any XState app on this machine shows its actors here:</p><pre id="app" tabindex="0"></pre></section>
</main>
</body>
</html>
`;
