"""The report's style sheet, which is part of the page: it is handed over as one file and printed on A4. Data."""

STYLE = """
@page { size: A4; margin: 14mm 14mm 16mm; }
:root { --ink: #1b2226; --quiet: #5a666d; --line: #d9dedc; --soft: #f4f6f5; --accent: #0f6b63; --good: #17673a; --good-soft: #e3f3e8;
  --bad: #b3261e; --bad-soft: #fbe7e4; --unsure: #7a5200; --unsure-soft: #fdf1d8; }
* { box-sizing: border-box; }
html { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
body { margin: 0 auto; max-width: 190mm; padding: 8mm 6mm; background: #fff; color: var(--ink);
  font: 10.5pt/1.45 "Helvetica Neue", Helvetica, Arial, "Liberation Sans", "Noto Sans", sans-serif; font-variant-numeric: tabular-nums; }
@media print { body { padding: 0; max-width: none; } }
h1 { font-size: 19pt; line-height: 1.2; margin: 1mm 0 0; letter-spacing: -0.01em; overflow-wrap: anywhere; }
h2 { font-size: 12pt; margin: 7mm 0 2mm; padding-bottom: 1mm; border-bottom: 1.5px solid var(--ink); break-after: avoid; }
p { margin: 0 0 1.5mm; }
code, .code { font-family: "DejaVu Sans Mono", "Liberation Mono", Menlo, Consolas, monospace; font-size: 8pt; overflow-wrap: anywhere; }
.small { font-size: 8.5pt; }
.quiet { color: var(--quiet); }
.over { text-transform: uppercase; letter-spacing: 0.09em; font-size: 8pt; font-weight: 700; color: var(--accent); margin: 0; }
.top { display: grid; grid-template-columns: minmax(0, 1fr) 33mm; gap: 6mm; align-items: start; }
.qr { width: 33mm; height: 33mm; display: block; }
.qr .paper { fill: #fff; } .qr .ink { fill: #000; }
.seal { border-left: 5px solid var(--tone); background: var(--tone-soft); padding: 3mm 4mm; margin: 4mm 0 0; break-inside: avoid; }
.seal strong { font-size: 15pt; color: var(--tone); display: block; line-height: 1.25; }
.stated { color: var(--tone); text-decoration: underline; text-underline-offset: 0.15em; }
.seal p { margin: 1mm 0 0; overflow-wrap: anywhere; }
.notice { font-weight: 700; color: var(--tone); }
.good { --tone: var(--good); --tone-soft: var(--good-soft); } .bad { --tone: var(--bad); --tone-soft: var(--bad-soft); }
.unsure { --tone: var(--unsure); --tone-soft: var(--unsure-soft); }
.none { --tone: var(--quiet); --tone-soft: var(--soft); }
.badge { display: inline-block; white-space: nowrap; border-radius: 3px; padding: 0 1.6mm; font-size: 8.5pt; font-weight: 700;
  color: var(--tone); background: var(--tone-soft); border: 1px solid var(--tone); }
.tally { display: flex; flex-wrap: wrap; gap: 2mm; margin-top: 2.5mm; }
.facts { display: grid; grid-template-columns: 36mm minmax(0, 1fr); gap: 0.7mm 4mm; margin: 4mm 0 0; }
.facts dt { color: var(--quiet); } .facts dd { margin: 0; overflow-wrap: anywhere; }
figure { margin: 0 0 4mm; break-inside: avoid; }
figcaption { font-weight: 700; margin-bottom: 1mm; }
svg.wide { width: 100%; height: auto; display: block; border: 1px solid var(--line); border-radius: 4px; padding: 1mm; }
.line { fill: none; stroke: var(--accent); stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.line.breach { stroke: var(--bad); stroke-width: 2.4; }
.band { fill: #d9efdf; } .outside { fill: #f9d9d5; } .gap { fill: #8a949a; opacity: 0.25; }
.grid { stroke: #e6eae8; stroke-width: 1; } .axis { stroke: #aab3b0; stroke-width: 1; }
svg .label { fill: var(--quiet); font-size: 15px; font-family: inherit; }
.worst { fill: var(--bad); stroke: #fff; stroke-width: 1.5; }
svg .worst-label { fill: var(--bad); font-weight: 700; paint-order: stroke; stroke: #fff; stroke-width: 3px; }
table { width: 100%; border-collapse: collapse; font-size: 9pt; }
table:not(.checks) { table-layout: fixed; }
th { text-align: left; font-size: 8pt; color: var(--quiet); font-weight: 700; padding: 0 2mm 1mm 0; border-bottom: 1px solid var(--line); }
td { padding: 1mm 2mm 1mm 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
tr { break-inside: avoid; }
.checks td:first-child, .checks td:nth-child(2) { white-space: nowrap; }
.checks td:nth-child(2) { font-weight: 700; }
ul { margin: 0; padding-left: 4.5mm; } li { margin-bottom: 0.8mm; overflow-wrap: anywhere; }
.item { max-width: 48mm; border: 1px solid var(--line); image-rendering: pixelated; width: 48mm; }
footer { margin-top: 7mm; padding-top: 2mm; border-top: 1px solid var(--line); color: var(--quiet); font-size: 8pt; }
footer p { overflow-wrap: anywhere; }
"""
"""Light only: it is for paper and for strangers' screens."""
