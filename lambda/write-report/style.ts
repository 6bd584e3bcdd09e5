const LIGHT = `
  --ink: #1a1d23; --paper: #fff; --quiet: #5a6270; --grid: #e2e5ea; --shade: #9bbcff;
  --line-1: #1f5fd0; --line-2: #b9400b; --line-3: #14763a; --line-4: #7a2bc9;`;
const DARK = `
  --ink: #e8eaee; --paper: #15181d; --quiet: #a3abb8; --grid: #353b46; --shade: #2d55a5;
  --line-1: #7fabff; --line-2: #ffa266; --line-3: #6fd18e; --line-4: #cba2ff;`;

/** How a report looks: light or dark as its reader's screen is, light and all open on paper. */
export const STYLE = `
:root { color-scheme: light dark; ${LIGHT} }
@media screen and (prefers-color-scheme: dark) { :root { ${DARK} } }
body { margin: 0 auto; max-width: 62rem; padding: 1.5rem 1rem 4rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 0.5rem; border-bottom: 1px solid var(--grid); }
h3 { font-size: 1rem; margin: 1.5rem 0 0.25rem; }
a { color: var(--line-1); }
code { font-size: 0.9em; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-size: 0.92rem; }
caption { text-align: left; font-weight: 600; padding-bottom: 0.25rem; white-space: nowrap; }
th, td { padding: 0.2rem 0.75rem 0.2rem 0; border-bottom: 1px solid var(--grid); text-align: left; vertical-align: top; }
thead th { color: var(--quiet); font-weight: 600; }
tbody th { font-weight: 400; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
.shaded { display: block; min-width: 2.5rem; padding: 0 0.4rem; text-align: right; font-variant-numeric: tabular-nums;
  background: color-mix(in srgb, var(--shade) var(--share), transparent); print-color-adjust: exact; }
.text { display: block; max-width: 34rem; overflow-wrap: anywhere; white-space: pre-line; }
.text + .text { border-top: 1px dotted var(--grid); }
.quiet, figcaption { color: var(--quiet); }
figure { margin: 1.5rem 0; max-width: 40rem; break-inside: avoid; }
.chart svg { width: 100%; height: auto; }
summary { cursor: pointer; }
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; }
  .scroll { overflow: visible; }
  caption { white-space: normal; }
  summary { display: none; }
  details::details-content { content-visibility: visible; height: auto; }
}
`;
