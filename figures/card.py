"""The model card: what was learned from what, how good it is and where its limits lie, as plain sections."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from figures import measures, words

Row = Mapping[str, Any]
PARAM_WORDS: Final = {
    "horizon_days": "Days predicted",
    "seed": "Seed",
    "folds": "Folds",
    "interval": "Share of customers the spend interval should hold",
    "train_limit": "Most customers learned from",
    "level": "Level of the colours",
    "margin": "Margin on net spend",
    "annual_discount": "Yearly discount of the lifetime value",
    "tune": "Learning rates chosen on a holdout",
    "learners": "Models that competed",
    "serve": "Serving model, probability",
    "serve_spend": "Serving model, spend",
}
_STYLE: Final = """
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif; color: #13212a;
  background: #fff; max-width: 60rem; margin: 2rem auto; padding: 0 1.25rem; }
h1 { font-size: 1.6rem; letter-spacing: -.02em; margin: 0 0 .25rem; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; padding-bottom: .25rem; border-bottom: 1px solid #dde4e7; }
p { margin: .35rem 0; } .lead { color: #51626d; }
dl { display: grid; grid-template-columns: minmax(9rem, 16rem) 1fr; gap: .2rem 1.25rem; margin: .5rem 0; }
dt { color: #51626d; } dd { margin: 0; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .8125rem; margin: .75rem 0; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: #51626d; padding-bottom: .25rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid #dde4e7; }
thead th { color: #51626d; } tbody th { font-weight: 600; }
@page { margin: 16mm; }
@media print { body { margin: 0; max-width: none; padding: 0; font-size: 10.5pt; } h2 { break-after: avoid; }
  tr, dl > * { break-inside: avoid; } thead { display: table-header-group; } .scroll { overflow: visible; } }
@media (max-width: 36rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .4rem; } }
"""


@dataclass(frozen=True)
class Table:
    """A table of text: what it shows, its heads, and its rows."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Section:
    """One part of the card: sentences, facts (term, value) and tables, all plain text."""

    title: str
    texts: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True)
class CardFacts:
    """What the card says of an analysis beside its metrics; dates as words."""

    name: str
    analysis_id: str
    made: str
    cutoff: str
    past_window: str
    next_window: str
    horizon_days: int
    currency: str | None = None


def card(metrics: Row, facts: CardFacts, ledger: Row | None) -> tuple[Section, ...]:
    """The model card of an analysis; `ledger` is that of its data set, None where that has been deleted."""
    found = (
        _purpose(metrics, facts),
        _data(metrics, facts, ledger),
        _recipe(metrics, facts),
        _figures(metrics, facts),
        _over_time(metrics),
        _limits(metrics),
        _parameters(metrics),
    )
    return tuple(section for section in found if section.texts or section.facts or section.tables)


def _purpose(metrics: Row, facts: CardFacts) -> Section:
    chances, amounts = metrics["propensity"], metrics["spend"]
    served, spend = measures.serving(chances), measures.serving(amounts)
    return Section(
        "What this is",
        (
            f"Two models that tell, for each customer, how likely a purchase within {facts.horizon_days} days is and how "
            "much it will bring: to choose whom to contact, and to see who spent less than expected.",
            "Not made for decisions about a person's rights, credit or price.",
        ),
        (
            ("Probability to buy", f"{served['label']}. {measures.chosen(chances, measures.PROBABILITY)}"),
            ("Spend", f"{spend['label']}. {measures.chosen(amounts, measures.AMOUNT)}"),
            ("Analysis", facts.analysis_id),
            ("Made", facts.made),
        ),
    )


def _data(metrics: Row, facts: CardFacts, ledger: Row | None) -> Section:
    counts = metrics["counts"]
    account = _account(ledger) if ledger else (("Data set", f"{facts.name} (deleted since)"),)
    return Section(
        "Data",
        (),
        (
            *account,
            ("Cutoff", facts.cutoff),
            ("Judged on", f"{facts.past_window}: what happened after the cutoff"),
            ("Forecast for", facts.next_window),
            ("Customers judged", words.count(counts["customers"])),
            ("Of whom bought", f"{words.count(counts['buyers'])} ({words.percent(counts['base_rate'], 1)}, the base rate)"),
            ("They spent", words.money(counts.get("actual_spend"), facts.currency)),
        ),
    )  # fmt: skip


def _account(ledger: Row) -> tuple[tuple[str, str], ...]:
    rows = ledger.get("rows") or {}
    sources = ledger.get("files") or [ledger.get("source") or {}]
    files = [
        (
            "Source file",
            f"{one.get('name')}, {words.count(one.get('bytes'))} bytes, SHA-256 {one.get('sha256')}",
        )
        for one in sources
        if one.get("sha256")
    ]
    return (
        *files,
        ("Dates", f"{words.day(ledger.get('first_date'))} to {words.day(ledger.get('last_date'))}"),
        (
            "Rows",
            f"{words.count(rows.get('in'))} in, {words.count(rows.get('kept'))} kept, "
            f"{words.count(rows.get('quarantined'))} set aside",
        ),
        ("Customers", words.count(ledger.get("customers"))),
    )


def _recipe(metrics: Row, facts: CardFacts) -> Section:
    params = metrics.get("params") or {}
    folds = params.get("folds", 5)
    return Section(
        "How it was learned",
        (
            f"Customers are described by their orders up to {facts.cutoff} and by nothing after it. They are split into "
            f"{folds} parts by their ids; each customer is scored by models that learned from the other parts only.",
            "Candidates and baselines are scored on the same customers. Probabilities are rescaled where their "
            "calibration needs it; spend is rescaled to the total of the past window.",
            "Intervals are 95 % intervals over customers; differences between models are paired over the same customers.",
        ),
    )


def _figures(metrics: Row, facts: CardFacts) -> Section:
    boards = ((metrics["propensity"], measures.PROBABILITY), (metrics["spend"], measures.AMOUNT))
    base = metrics["counts"]["base_rate"]
    served = measures.serving(metrics["propensity"])
    return Section(
        "How good it is",
        (f"The served probabilities are {measures.skill(served, base)} (Brier score).", *_held(metrics)),
        (),
        tuple(_board(part, board, facts.currency) for part, board in boards),
    )


def _held(metrics: Row) -> tuple[str, ...]:
    held, agreement = metrics.get("interval") or {}, metrics.get("reasons_agreement")
    said = []
    if held.get("covered") is not None:
        said.append(
            f"The {words.percent(held['share'])} interval of a customer's spend held {words.percent(held['covered'], 1)} of "
            f"them; {words.percent(held['below'], 1)} spent less and {words.percent(held['above'], 1)} more."
        )
    if agreement is not None:
        said.append(
            "The reasons given for a customer come from an additive model that ranks customers like the served one: rank "
            f"correlation {words.marks(f'{agreement:.2f}')}."
        )
    return tuple(said)


def _board(part: Row, board: measures.Board, currency: str | None) -> Table:
    def cell(row: Row, key: str) -> str:
        value, span = measures.figure(row.get(key), key, currency), measures.interval(row, key, currency)
        return f"{value} ({span})" if span else value

    def label(row: Row) -> str:
        return f"{row['label']}{' (serves)' if row.get('serving') else ' (baseline)' if row.get('kind') == 'baseline' else ''}"

    return Table(
        f"{board.title}: out of sample, 95 % intervals in brackets",
        ("Model", *(head for _, head in board.columns), "Verdict"),
        tuple(
            (label(row), *(cell(row, key) for key, _ in board.columns), measures.verdict(row, part, board))
            for row in part["leaderboard"]
        ),
    )


def _over_time(metrics: Row) -> Section:
    tested = metrics.get("backtest") or {}
    found = tested.get("verdict") or {}
    texts = tuple(text for text in (found.get("sentence"), tested.get("missing")) if text)
    rows = tuple(
        (
            words.day(origin["cutoff"]),
            str(row["label"]),
            f"{measures.figure(row['auc'], 'auc')} ({measures.interval(row, 'auc')})",
            measures.bias(row.get("buyers_bias")),
            measures.bias(row.get("spend_bias")),
        )
        for origin in tested.get("origins") or ()
        for row in origin["rows"]
    )
    heads = ("Cutoff", "Model", "AUC", "Buyers, predicted against actual", "Spend, predicted against actual")
    return Section(
        "Over time", texts, (), (Table("Backtest at earlier cutoffs", heads, rows),) if rows else ()
    )


def _limits(metrics: Row) -> Section:
    cannot = tuple(
        f"Cannot answer: {one['question']} {measures.sentence(one['because'])}"
        for one in metrics.get("answers") or ()
        if not one["can"]
    )
    return Section("Limits", (*cannot, *(str(text) for text in metrics.get("warnings") or ())))


def _parameters(metrics: Row) -> Section:
    given = [
        (PARAM_WORDS.get(name, name), _value(value)) for name, value in (metrics.get("params") or {}).items()
    ]
    versions = [(str(name), str(value)) for name, value in (metrics.get("versions") or {}).items()]
    return Section("Parameters and versions", (), (*given, *versions))


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value) or "the rule decides"


def to_html(sections: Sequence[Section], title: str, lead: str = "") -> str:
    """The card as one HTML document that needs nothing else and prints well; every text is escaped."""
    body = "\n".join(_section(section) for section in sections)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f'<h1>{html.escape(title)}</h1>\n<p class="lead">{html.escape(lead)}</p>\n{body}\n</main>\n</body>\n</html>\n'
    )


def _section(section: Section) -> str:
    parts = [f"<h2>{html.escape(section.title)}</h2>"]
    parts += [f"<p>{html.escape(text)}</p>" for text in section.texts]
    if section.facts:
        pairs = "".join(
            f"<dt>{html.escape(term)}</dt><dd>{html.escape(value)}</dd>" for term, value in section.facts
        )
        parts.append(f"<dl>{pairs}</dl>")
    parts += [_table(table) for table in section.tables]
    return f"<section>\n{''.join(parts)}\n</section>"


def _table(table: Table) -> str:
    heads = "".join(f'<th scope="col">{html.escape(head)}</th>' for head in table.heads)
    rows = "".join(
        f'<tr><th scope="row">{html.escape(row[0])}</th>'
        + "".join(f"<td>{html.escape(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in table.rows
    )
    return (
        f'<div class="scroll"><table><caption>{html.escape(table.caption)}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
