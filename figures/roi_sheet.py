"""A campaign on one page for the meeting: HTML that needs nothing but itself and prints on one sheet of A4."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

# More cautions than these, or longer texts, would push the page onto a second sheet.
CAUTIONS: Final = 5
LONGEST: Final = 230
TITLE: Final = "Campaign on one page"


@dataclass(frozen=True)
class Figure:
    """One number to know, with its range or what it means."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class Row:
    """A row of a small table: what it is about, and its cells."""

    label: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """What the page says, in words; all of it is text but `curve`, an <svg> element of ours.

    `tone` is "good", "bad" or "even". `scenarios` have the cells uplift, net profit and ROI; `drivers` the net
    profit at the low and at the high end; `facts` say where it all comes from.
    """

    question: str
    verdict: str
    tone: str
    answer: str
    stats: Sequence[Figure]
    curve: str
    curve_text: str
    scenarios: Sequence[Row]
    drivers: Sequence[Row]
    assumptions: Sequence[Row]
    prior: Sequence[str]
    cautions: Sequence[str]
    facts: Sequence[Row]


_TEMPLATE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ sheet.question }} · Lapwing</title>
<style>
@page { size: A4 portrait; margin: 11mm 13mm 10mm; }
* { box-sizing: border-box; }
html { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
body { margin: 0; background: #eef2f3; color: #13212a; font: 9pt/1.36 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif; font-variant-numeric: tabular-nums; }
main { width: 210mm; max-width: 100%; min-height: 297mm; margin: 8mm auto; padding: 11mm 13mm; background: #fff; box-shadow: 0 2px 16px rgba(16, 32, 42, .14); overflow-wrap: anywhere; }
p, h1, h2, ul, dl, figure { margin: 0; }
h1 { font-size: 14.5pt; line-height: 1.22; letter-spacing: -.015em; }
h2 { margin-bottom: 1.2mm; font-size: 8.6pt; letter-spacing: .03em; text-transform: uppercase; color: #51626d; }
.top { display: flex; justify-content: space-between; gap: 6mm; margin-bottom: 3mm; font-size: 8pt; color: #51626d; }
.top b { color: #0b6b60; }
.answer { display: grid; grid-template-columns: auto 1fr; align-items: center; gap: 5mm; margin: 3.5mm 0; padding: 3mm 4mm; border-radius: 2mm; border-left: 1.6mm solid #7d8d97; background: #eef2f3; font-size: 10pt; }
.answer strong { font-size: 13pt; white-space: nowrap; }
.answer.good { border-color: #1f6fd6; background: #e6f0fc; }
.answer.bad { border-color: #c8323c; background: #fbeaeb; }
.stats { display: grid; grid-template-columns: repeat({{ sheet.stats | length }}, 1fr); gap: 2.5mm; margin-bottom: 4mm; }
.stats > div { padding: 1.8mm 2.4mm; border: .3mm solid #dde4e7; border-radius: 1.6mm; }
.stats dt { font-size: 7.8pt; color: #51626d; }
.stats dd { margin: 0; font-size: 12.5pt; font-weight: 650; letter-spacing: -.015em; line-height: 1.25; }
.stats small { display: block; font-size: 7.4pt; font-weight: 400; letter-spacing: 0; color: #51626d; }
.two { display: grid; gap: 7mm; margin-bottom: 4mm; align-items: start; }
.two { grid-template-columns: 1.5fr 1fr; }
.two > * { min-width: 0; }
figure svg { display: block; width: 100%; height: auto; }
figcaption, .note { margin-top: 1mm; font-size: 7.8pt; color: #51626d; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .7mm 0 .7mm 2mm; border-bottom: .2mm solid #dde4e7; text-align: right; vertical-align: top; }
th:first-child, td:first-child { padding-left: 0; text-align: left; }
td { white-space: nowrap; }
thead th { font-size: 7.8pt; font-weight: 600; color: #51626d; }
tbody th { font-weight: 400; }
section + section { margin-top: 3.5mm; }
section p + p { margin-top: 1mm; }
.prior { font-size: 8pt; }
.row { margin-bottom: 4mm; }
.row + .row { margin-top: 0; }
.given { display: grid; grid-template-columns: repeat(3, 1fr); column-gap: 6mm; }
.given > div { display: flex; justify-content: space-between; gap: 2mm; padding: .7mm 0; border-bottom: .2mm solid #dde4e7; }
.given dd { margin: 0; font-weight: 600; text-align: right; }
ul { padding-left: 4mm; }
li + li { margin-top: .5mm; }
footer { display: flex; flex-wrap: wrap; gap: .5mm 5mm; padding-top: 2.2mm; border-top: .3mm solid #dde4e7; font-size: 7.6pt; color: #51626d; }
footer b { font-weight: 600; color: #13212a; }
@media screen and (max-width: 640px) { .two, .answer { grid-template-columns: minmax(0, 1fr); gap: 4mm; } .stats, .given { grid-template-columns: 1fr 1fr; } main { padding: 6mm 5mm; margin: 0; } }
@media print { body { background: #fff; } main { width: auto; min-height: 0; margin: 0; padding: 0; box-shadow: none; } }
</style>
</head>
<body>
<main>
<div class="top"><span><b>Lapwing</b> · does the campaign make money?</span><span>{{ title }}</span></div>
<h1>{{ sheet.question | cut }}</h1>
<p class="answer {{ sheet.tone }}"><strong>{{ sheet.verdict }}</strong><span>{{ sheet.answer }}</span></p>
<dl class="stats">
{%- for stat in sheet.stats %}
<div><dt>{{ stat.label }}</dt><dd>{{ stat.value }}{% if stat.note %}<small>{{ stat.note }}</small>{% endif %}</dd></div>
{%- endfor %}
</dl>
<div class="two">
<div>
<section><h2>How far to go</h2><figure>{{ curve }}<figcaption>{{ sheet.curve_text }}</figcaption></figure></section>
<section class="prior"><h2>Where the uplift comes from</h2>
{%- for text in sheet.prior %}
<p>{{ text }}</p>
{%- endfor %}
</section>
</div>
<div>
<section><h2>Scenarios</h2>
<table><thead><tr><th scope="col">If the offer works</th><th scope="col">Uplift</th><th scope="col">Net profit</th><th scope="col">ROI</th></tr></thead><tbody>
{%- for row in sheet.scenarios %}
<tr><th scope="row">{{ row.label }}</th>{% for cell in row.cells %}<td>{{ cell }}</td>{% endfor %}</tr>
{%- endfor %}
</tbody></table></section>
{%- if sheet.drivers %}
<section><h2>What matters most</h2>
<table><thead><tr><th scope="col">Net profit with</th><th scope="col">low</th><th scope="col">high</th></tr></thead><tbody>
{%- for row in sheet.drivers %}
<tr><th scope="row">{{ row.label }}</th>{% for cell in row.cells %}<td>{{ cell }}</td>{% endfor %}</tr>
{%- endfor %}
</tbody></table><p class="note">That one number changed, all others as they are.</p></section>
{%- endif %}
</div>
</div>
<section class="row"><h2>Assumptions</h2><dl class="given">
{%- for row in sheet.assumptions %}
<div><dt>{{ row.label }}</dt>{% for cell in row.cells %}<dd>{{ cell }}</dd>{% endfor %}</div>
{%- endfor %}
</dl></section>
<section class="row"><h2>Read with care</h2><ul>
{%- for text in cautions %}
<li>{{ text | cut }}</li>
{%- endfor %}
</ul></section>
<footer>
{%- for row in sheet.facts %}
<span>{{ row.label }}: <b>{{ row.cells | join(", ") | cut }}</b></span>
{%- endfor %}
</footer>
</main>
</body>
</html>
"""


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"


_ENVIRONMENT: Final = Environment(autoescape=True, undefined=StrictUndefined)
_ENVIRONMENT.filters["cut"] = _cut
_PAGE: Final = _ENVIRONMENT.from_string(_TEMPLATE)


def summary_page(sheet: Sheet) -> str:
    """The page of a campaign; every text is escaped."""
    cautions = list(sheet.cautions)
    if len(cautions) > CAUTIONS:
        more = len(cautions) - CAUTIONS + 1
        cautions = [*cautions[: CAUTIONS - 1], f"{more} more on the simulator's page."]
    # The drawing is put together in figures.roi_summary, its texts escaped.
    return _PAGE.render(sheet=sheet, title=TITLE, cautions=cautions, curve=Markup(sheet.curve))  # noqa: S704
