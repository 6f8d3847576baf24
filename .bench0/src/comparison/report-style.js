/** The look of the report: light and dark by what the reader's device says, black on white in print. */
export const REPORT_STYLE = `
:root { color-scheme: light dark; --ink: #1d2733; --paper: #fff; --soft: #5b6876; --line: #d8dee5; --a: #8a5a00; --b: #0b63b8; --go: #14692f; --no: #b3261e; --tint: #f4f6f8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7ecf1; --paper: #12181f; --soft: #a3b0bd; --line: #313c47; --a: #f0b04a; --b: #6db3f7; --go: #6fd08c; --no: #ff8a80; --tint: #1b232c; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 68rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.5rem; line-height: 1.2; margin: .5rem 0 1rem; }
h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1.25rem 0 .25rem; }
code { overflow-wrap: anywhere; font-size: .9em; }
.verdict { margin: 0 0 1rem; padding: .75rem 1rem; border-left: .4rem solid; background: var(--tint); font-size: 1.15rem; font-weight: 600; }
.verdict.go, .mark.go { color: var(--go); } .verdict.no, .mark.no { color: var(--no); }
.mark { font-weight: 600; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .5rem; border-bottom: 1px solid var(--line); text-align: right; vertical-align: top; white-space: nowrap; }
th:first-child { text-align: left; white-space: normal; min-width: 7rem; }
thead th { color: var(--soft); font-weight: 600; vertical-align: bottom; white-space: normal; }
tbody th { font-weight: 400; }
th:last-child:not(:nth-child(n+5)), td:last-child:not(:nth-child(n+5)) { text-align: left; white-space: normal; }
figure { margin: 1rem 0; }
@media (min-width: 60rem) { .plots { display: grid; grid-template-columns: 1fr 1fr; gap: 0 2rem; } }
figcaption { color: var(--soft); font-size: .9rem; }
svg { display: block; width: 100%; max-width: 44rem; height: auto; }
svg text { fill: var(--soft); font-size: 11px; }
.grid line { stroke: var(--line); stroke-width: 1; }
path { fill: none; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
path.a { stroke: var(--a); stroke-width: 3.5; opacity: .8; } path.b { stroke: var(--b); }
.key { margin-left: .75rem; color: var(--ink); white-space: nowrap; }
.key::before { content: ""; display: inline-block; width: 1.2em; height: .2em; margin-right: .35em; vertical-align: middle; background: var(--b); }
.key.a::before { background: var(--a); }
summary { cursor: pointer; margin: 2rem 0 .5rem; font-size: 1.2rem; font-weight: 700; }
@media print { :root { --ink: #000; --paper: #fff; --soft: #444; --line: #bbb; --a: #8a5a00; --b: #0b63b8; --go: #14692f; --no: #b3261e; --tint: #f4f6f8; } figure, tr { break-inside: avoid; } .wide { overflow: visible; } table { font-size: .7rem; } }
`;
