/** The page; `TOKEN` is put in when it is served. */
export const PAGE_HTML = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Actors</title>
<link rel="stylesheet" href="/page.css?token=TOKEN">
<script type="module" src="/page.js?token=TOKEN"></script>
</head>
<body data-token="TOKEN">
<header>
<h1>Actors</h1>
<p id="status" role="status">connecting</p>
<a href="/stately?token=TOKEN" title="Sends what is watched to the page of stately.ai, which needs the internet">Open in Stately</a>
</header>
<nav aria-label="Actors">
<input id="filter" type="search" placeholder="name" aria-label="Show actors whose name contains">
<p id="total"></p>
<ul id="actors"></ul>
</nav>
<main>
<section aria-labelledby="chart-title"><h2 id="chart-title">Choose an actor</h2><div id="chart"></div></section>
<section aria-labelledby="state-title"><h2 id="state-title">Snapshot</h2><pre id="snapshot" tabindex="0"></pre></section>
<section aria-labelledby="lanes-title"><h2 id="lanes-title">Sequence</h2><div id="lanes"></div></section>
<section aria-labelledby="log-title"><h2 id="log-title">Events</h2><ol id="log" reversed></ol></section>
</main>
</body>
</html>
`;
