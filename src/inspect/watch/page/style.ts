import { MACHINE_STYLE } from "../../machine/svg.ts";

export const PAGE_STYLE = `${MACHINE_STYLE}
:root{color-scheme:light dark;--line:light-dark(#cbd5e1,#334155);--dim:light-dark(#475569,#94a3b8);--on:light-dark(#166534,#4ade80)}
*{box-sizing:border-box}
body{margin:0;background:light-dark(#fff,#0b0d11);color:light-dark(#12151c,#eceff4);font:14px/1.4 system-ui,sans-serif;display:grid;grid-template:auto 1fr/18rem 1fr;height:100vh}
a{color:light-dark(#3451d1,#93a7ff)}
header{grid-column:1/3;display:flex;gap:1rem;align-items:baseline;padding:.5rem 1rem;border-bottom:1px solid var(--line)}
h1{font-size:1.1rem;margin:0}
h2{font-size:.85rem;margin:.75rem 0 .25rem;color:var(--dim)}
header p{margin:0;flex:1;color:var(--dim)}
nav{overflow:auto;border-right:1px solid var(--line);padding:.5rem}
nav input{width:100%;padding:.25rem}
nav p{margin:.25rem 0;color:var(--dim)}
nav ul{list-style:none;margin:0;padding:0}
nav button{all:unset;box-sizing:border-box;display:block;width:100%;padding:.15rem .4rem;cursor:pointer;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;border-radius:4px}
nav button:hover{background:light-dark(#e2e8f0,#1e293b)}
nav button:focus-visible{outline:2px solid var(--on)}
nav button[aria-pressed=true]{font-weight:600;color:var(--on)}
nav .child{padding-left:1.2rem}
main{overflow:auto;padding:0 1rem 1rem;min-width:0}
#chart{overflow:auto}
#snapshot{max-height:16rem;overflow:auto;border:1px solid var(--line);padding:.5rem;margin:0;font-size:12px}
#log{font:12px ui-monospace,monospace;max-height:20rem;overflow:auto;margin:0;padding-left:4rem}
#log .at{color:var(--dim)}
#lanes{overflow:auto}
#lanes text{font:11px ui-monospace,monospace;fill:currentColor;text-anchor:middle}
body.stately{display:block}
.stately iframe{border:0;width:100%;height:100%}
#lanes line,#lanes path{stroke:var(--dim);fill:none}
`;
