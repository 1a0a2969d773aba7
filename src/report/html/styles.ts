const light = `
  --page: #f6f6f3; --card: #ffffff; --text: #1c2126; --muted: #57606a; --line: #d9dcdf; --grid: #e4e6e8;
  --link: #0b57b0; --sent: #56616d; --delivered: #0969c8; --fault: #a63d00; --fault-soft: #fdeee4;
  --lost: #b3201a; --lost-soft: #fdecea; --duplicated: #7a3cc2; --duplicated-soft: #f3ebfc;
  --stranded: #835500; --stranded-soft: #fbf0d9;
  --pass: #17693f; --pass-soft: #e3f4ea; --fail: #b3201a; --fail-soft: #fdecea;
  --inconclusive: #7a5000; --inconclusive-soft: #fbf0d9;
`

/**
 * The looks of every page: system fonts, one column, light, dark and print. Every text colour has a contrast of at
 * least 4.5 against what it stands on. The chart draws with these variables too.
 */
export const styles = `
:root { color-scheme: light dark; ${light} }
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171a; --card: #1c2024; --text: #e7e9eb; --muted: #a5adb5; --line: #353b41; --grid: #2b3036;
    --link: #7cb7ff; --sent: #b4bdc6; --delivered: #58a6ff; --fault: #ff9d66; --fault-soft: #3a2517;
    --lost: #ff938a; --lost-soft: #3d1f1d; --duplicated: #c9a2ff; --duplicated-soft: #2f2440;
    --stranded: #efc065; --stranded-soft: #362b14;
    --pass: #6fd69b; --pass-soft: #17311f; --fail: #ff938a; --fail-soft: #3d1f1d;
    --inconclusive: #efc065; --inconclusive-soft: #362b14;
  }
}
@media print {
  :root { color-scheme: light; ${light} }
  .scroll { overflow: visible !important; }
  article, tr, .station { break-inside: avoid; }
  * { print-color-adjust: exact; }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; overflow-wrap: anywhere;
}
main { max-width: 1136px; margin: 0 auto; padding: 32px 24px 64px; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 20px 24px 24px; margin: 20px 0; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 6px; letter-spacing: -.01em; }
h2 { font-size: 1.15rem; margin: 0 0 14px; }
h3 { font-size: 1rem; margin: 0 0 8px; }
p { margin: 0 0 10px; }
ul { margin: 0; padding-left: 1.2em; }
a { color: var(--link); }
pre, code, .id { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: .875rem; }
pre { white-space: pre-wrap; margin: 0; }
dl, dd { margin: 0; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.note, .more, .at, .where, .claims, .station-what { color: var(--muted); font-size: .875rem; }
.more { margin: 10px 0 0; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.none { color: var(--muted); }
.lost { color: var(--lost); } .duplicated { color: var(--duplicated); } .stranded { color: var(--stranded); }
td.lost, td.duplicated, td.stranded { font-weight: 650; }

.brand { font-weight: 700; letter-spacing: .01em; margin: 0 0 18px; color: var(--muted); }
.brand span { font-weight: 400; }
.variant { color: var(--muted); font-weight: 500; font-size: .7em; }
.proves { color: var(--muted); max-width: 70ch; margin-bottom: 18px; }
.claims { border: 1px solid var(--line); border-radius: 99px; padding: 1px 9px; white-space: nowrap; }
.verdict { display: flex; gap: 8px 22px; align-items: baseline; border-radius: 12px; border: 1px solid; padding: 16px 22px; }
.verdict p { margin: 0; }
.verdict-word { font-size: 1.25rem; font-weight: 700; white-space: nowrap; }
.icon { display: inline-block; min-width: 1.1em; }
.summary { font-size: 1.08rem; color: var(--text); }
.reasons { margin-top: 8px; color: var(--text); font-size: .94rem; }
.pass { color: var(--pass); background: var(--pass-soft); }
.fail { color: var(--fail); background: var(--fail-soft); }
.inconclusive { color: var(--inconclusive); background: var(--inconclusive-soft); }
.badge { border-radius: 99px; padding: 2px 10px; font-weight: 650; white-space: nowrap; }
.facts { display: flex; flex-wrap: wrap; gap: 4px 26px; margin: 16px 0 0; font-size: .9rem; }
.facts dt { color: var(--muted); display: inline; }
.facts dd { display: inline; margin-left: .35em; }

section:has(> .tiles) { background: none; border: 0; padding: 0; }
.tiles { display: grid; grid-template-columns: repeat(6, 1fr); gap: 12px; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 14px 16px; color: var(--text); }
.tile dt { color: var(--muted); font-size: .875rem; }
.tile b { display: block; font-size: 1.6rem; line-height: 1.3; font-variant-numeric: tabular-nums; font-weight: 650; }
.tile span { color: var(--muted); font-size: .8125rem; line-height: 1.35; display: block; }
.tile.lost, .tile.duplicated, .tile.stranded { border-left: 5px solid; padding-left: 12px; }
.tile.lost, .tile.lost b { color: var(--lost); } .tile.duplicated, .tile.duplicated b { color: var(--duplicated); }
.tile.stranded, .tile.stranded b { color: var(--stranded); }
.rare { list-style: none; padding: 0; margin: 12px 2px 0; display: flex; flex-wrap: wrap; gap: 2px 18px; color: var(--muted); font-size: .875rem; }

.tag { display: inline-block; border-radius: 6px; padding: 1px 8px; font-size: .84rem; font-weight: 650; }
.tag.lost { background: var(--lost-soft); } .tag.duplicated { background: var(--duplicated-soft); } .tag.stranded { background: var(--stranded-soft); }
.fault-number { display: inline-block; color: var(--fault); background: var(--fault-soft); border-radius: 6px; padding: 1px 8px; font-size: .84rem; font-weight: 650; white-space: nowrap; text-underline-offset: 2px; }
.mark { font-weight: 650; white-space: nowrap; } .mark.good { color: var(--pass); } .mark.bad { color: var(--fail); }

.recovery { margin: 0 0 8px; font-size: .94rem; } .recovery .mark { white-space: normal; }

.pipeline { display: grid; grid-template-columns: repeat(6, minmax(0, 1fr)); gap: 26px; }
.pipeline > * { min-width: 0; position: relative; }
.pipeline > .nodes { grid-column: span 3; display: grid; gap: 12px; }
.pipeline > .station { align-self: center; }
.flow { display: flex; align-items: stretch; gap: 26px; }
.flow > * { flex: 1 1 0; min-width: 0; position: relative; }
.flow > * + *::before, .pipeline > * + *::before {
  content: '→' / ''; position: absolute; left: -26px; width: 26px; top: 50%; transform: translateY(-50%);
  text-align: center; color: var(--muted); font-size: 1.2rem; line-height: 1;
}
.node { border: 1px dashed var(--line); border-radius: 12px; padding: 10px 12px 12px; }
.node-name { font-size: .875rem; font-weight: 650; margin: 0 0 8px; }
.node-lost { margin: 10px 0 0; font-size: .875rem; color: var(--muted); }
.station { border: 1px solid var(--line); border-radius: 10px; padding: 10px 12px; background: var(--card); }
.station p { margin: 0; font-size: .875rem; } .station p + p { margin-top: 4px; }
.station .station-name { font-weight: 650; font-size: .95rem; }
.station .station-what { font-size: .8125rem; margin-top: 0; }
.station .tag { padding: 1px 6px; font-size: .8125rem; }
.station.hit { border: 2px solid var(--fault); padding: 9px 11px; }
.node.hit { border: 2px dashed var(--fault); padding: 9px 11px 11px; }
.hits { color: var(--fault); font-weight: 400; }
.passages { list-style: none; padding: 0; margin: 18px 0 0; display: grid; gap: 12px; font-size: .94rem; }
.passages li { color: var(--text); background: none; } .passages p { margin: 0 0 3px; } .passages + .note { margin: 10px 0 0; }
.track {
  --step: calc((100% - 5 * var(--gap)) / 6 + var(--gap)); --first: calc((100% - 5 * var(--gap)) / 12); --gap: 26px;
  position: relative; height: 14px; background: linear-gradient(var(--line), var(--line)) center / 100% 1px no-repeat;
}
.track i { position: absolute; left: calc(var(--first) + var(--at) * var(--step) - 3px); top: 4px; width: 6px; height: 6px; border-radius: 50%; background: var(--line); }
.track span {
  position: absolute; left: calc(var(--first) + var(--from) * var(--step)); width: calc((var(--to) - var(--from)) * var(--step));
  top: 3px; height: 8px; border-radius: 4px; --bar: var(--lost); --soft: var(--lost-soft); background: var(--bar);
}
.duplicated .track span { --bar: var(--duplicated); --soft: var(--duplicated-soft); }
.wide-span .track span { background: repeating-linear-gradient(115deg, var(--bar) 0 4px, var(--soft) 4px 12px); border: 1px solid var(--bar); }
.whereabouts { list-style: none; padding: 0; margin: 16px 0 0; display: grid; gap: 6px; }

.chart { margin: 0; } .chart svg { display: block; width: 100%; height: auto; }
.chart .narrow { display: none; }
.legend { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: 2px 22px; font-size: .875rem; margin-bottom: 4px; }
.legend svg { display: inline-block; width: 30px; height: 10px; }
.swatch { display: inline-block; width: 22px; height: 12px; background: var(--fault); opacity: .25; border-left: 2px solid var(--fault); }
.faults-short { list-style: none; padding: 0; margin: 6px 0 8px; display: grid; gap: 5px; font-size: .94rem; }
.note { margin: 0 0 10px; }

.stairs { list-style: none; padding: 0; margin: 6px 0 12px; display: grid; gap: 0; font-size: .9rem; }
.stairs li { display: grid; grid-template-columns: 76px minmax(0, 2fr) minmax(0, 3fr); gap: 0 12px; border-bottom: 1px solid var(--grid); padding: 3px 0; }
.stair-at { text-align: right; font-variant-numeric: tabular-nums; color: var(--muted); }
.stair-track { position: relative; min-height: 1.4em; }
.stair-track i { position: absolute; left: min(var(--from), calc(100% - 3px)); width: max(3px, var(--wide)); top: 3px; bottom: 3px; border-radius: 2px; background: var(--bar); border-left: 3px solid var(--ink); }
.stairs .by-fault, .stair-swatch.by-fault { --bar: var(--fault-soft); --ink: var(--fault); } .stairs .by-cluster, .stair-swatch.by-cluster { --bar: var(--grid); --ink: var(--sent); }
.stairs .by-volume, .stair-swatch.by-volume { --bar: var(--stranded-soft); --ink: var(--stranded); } .stairs .by-lines, .stair-swatch.by-lines { --bar: var(--pass-soft); --ink: var(--delivered); }
.stair-what { border: 0; padding: 0; } .stair-what.by-fault, .stair-what.by-lines { font-weight: 600; }
.stair-swatch { display: inline-block; width: 22px; height: 12px; background: var(--bar); border-left: 3px solid var(--ink); }

.scroll { overflow-x: auto; border-radius: 6px; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; overflow-wrap: normal; }
th { text-align: left; font-weight: 600; }
thead th { color: var(--muted); font-size: .8125rem; font-weight: 500; vertical-align: bottom; }
th, td { padding: 7px 10px; border-bottom: 1px solid var(--line); vertical-align: top; }
th:first-child, td:first-child { padding-left: 2px; }
thead th.number { text-align: right; }
tbody:last-child tr:last-child > * { border-bottom: 0; }
tfoot th, tfoot td { border-bottom: 0; font-weight: 650; } tfoot .none { font-weight: 400; }
.streams tbody th, .streams tfoot th, .streams thead th:first-child, .streams .detail td { padding-left: 2px; }
.detail ul { position: sticky; left: 2px; width: fit-content; max-width: min(1040px, calc(100vw - 62px)); overflow-wrap: anywhere; }
.streams td, .streams thead th.number { padding-left: 6px; padding-right: 6px; }
.streams tbody th { min-width: 110px; overflow-wrap: anywhere; }
.where { display: block; font-weight: 400; }
tr:has(+ .detail) > * { border-bottom: 0; }
.detail td { padding-top: 0; color: var(--muted); } .detail ul { list-style: none; padding: 0; display: grid; gap: 4px; } .detail b { font-weight: 600; color: var(--text); }
details { margin-top: 12px; } summary { cursor: pointer; color: var(--link); font-size: .9rem; width: fit-content; }
.glossary { display: grid; grid-template-columns: max-content 1fr; gap: 4px 16px; font-size: .9rem; margin-top: 8px; } .glossary dt { font-weight: 600; }

.fault { border-top: 1px solid var(--line); padding: 16px 0 4px; } h2 + .fault { border-top: 0; padding-top: 0; }
.fault h3 .mark { margin-left: 6px; } .fault .facts { margin: 0 0 10px; }
.fault:target { background: var(--fault-soft); box-shadow: 0 0 0 10px var(--fault-soft); border-radius: 2px; }
.evidence { list-style: none; padding: 0; display: grid; gap: 6px; font-size: .94rem; }
.evidence details { display: inline-block; margin: 0 0 0 6px; vertical-align: top; } .evidence details[open] { display: block; } .evidence pre { color: var(--muted); }
.command { background: var(--page); border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px; margin-bottom: 14px; } .command code { user-select: all; }
.columns { display: grid; grid-template-columns: 1fr 1fr 1fr; gap: 8px 36px; margin-top: 18px; font-size: .9rem; } .columns > * { min-width: 0; }
.pairs th { font-weight: 500; } .pairs td { overflow-wrap: anywhere; }
.bar { width: 40%; vertical-align: middle; } .bar span { display: block; height: 8px; border-radius: 4px; background: var(--delivered); min-width: 2px; }

@media (max-width: 1000px) {
  .tiles { grid-template-columns: repeat(3, 1fr); }
  .columns { grid-template-columns: 1fr; }
  .pipeline { display: flex; flex-direction: column; align-items: stretch; }
  .pipeline > .station { align-self: stretch; }
  .pipeline > * + *::before { content: '↓' / ''; left: 50%; top: -13px; margin-left: -13px; }
}
@media (max-width: 640px) {
  main { padding: 20px 12px 40px; }
  section { padding: 16px 14px 18px; }
  h1 { font-size: 1.5rem; }
  .tiles { grid-template-columns: 1fr 1fr; gap: 8px; }
  .tile { padding: 10px 12px; } .tile b { font-size: 1.35rem; }
  .verdict { flex-direction: column; padding: 14px 16px; }
  .flow { flex-direction: column; }
  .stairs li { grid-template-columns: 64px minmax(0, 1fr); } .stair-track { grid-column: 1 / -1; grid-row: 2; min-height: 10px; }
  .flow > * { flex: none; }
  .flow > * + *::before { content: '↓' / ''; left: 50%; top: -13px; margin-left: -13px; }
  .chart .wide { display: none; } .chart .narrow { display: block; }
  .streams tbody th { position: sticky; left: 0; background: var(--card); }
}
`
