from __future__ import annotations

from html.parser import HTMLParser

import pytest

from figures.card import CardFacts, Section, Table, card, to_html
from tests.performance_metrics import performance_metrics

FACTS = CardFacts(
    "Shop",
    "a-1",
    "2 Jan 2026",
    "2 Oct 2025",
    "3 Oct 2025 to 31 Dec 2025",
    "1 Jan 2026 to 31 Mar 2026",
    90,
    "EUR",
)
LEDGER = {
    "rows": {"in": 1000, "kept": 990, "quarantined": 10},
    "source": {"name": "shop.csv", "bytes": 12_345, "sha256": "ab" * 32},
    "first_date": "2023-01-01",
    "last_date": "2025-12-31",
    "customers": 4100,
}  # fmt: skip


class Reader(HTMLParser):
    """Tags and text of a document."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.fixture(scope="module")
def sections() -> dict[str, Section]:
    return {section.title: section for section in card(performance_metrics(), FACTS, LEDGER)}


def test_the_card_accounts_for_its_data(sections: dict[str, Section]) -> None:
    facts = dict(sections["Data"].facts)
    assert facts["Source file"] == f"shop.csv, 12,345 bytes, SHA-256 {'ab' * 32}"
    assert facts["Rows"] == "1,000 in, 990 kept, 10 set aside"
    assert facts["Dates"] == "1 Jan 2023 to 31 Dec 2025"
    assert facts["Cutoff"] == "2 Oct 2025"
    assert facts["Judged on"].startswith("3 Oct 2025 to 31 Dec 2025")
    gone = dict(card(performance_metrics(), FACTS, None)[1].facts)
    assert gone["Data set"] == "Shop (deleted since)"
    files = [{"name": name, "bytes": 1, "sha256": name * 3} for name in ("a", "b")]
    several = card(performance_metrics(), FACTS, LEDGER | {"files": files})[1].facts
    assert [value for term, value in several if term == "Source file"] == [
        "a, 1 bytes, SHA-256 aaa",
        "b, 1 bytes, SHA-256 bbb",
    ]


def test_figures_have_intervals_and_verdicts(sections: dict[str, Section]) -> None:
    chances, amounts = sections["How good it is"].tables
    assert chances.heads == ("Model", "Log loss", "Brier score", "AUC", "Verdict")
    assert len(chances.rows) == 9
    assert len(amounts.rows) == 8
    served = next(row for row in chances.rows if row[0] == "Logistic regression (serves)")
    assert served[3].startswith("0.8")
    assert "(" in served[3]
    assert "to" in served[3]
    assert any(row[0] == "Recency alone (baseline)" for row in chances.rows)
    better, held, agrees = sections["How good it is"].texts
    assert "better than giving everybody the base rate of" in better
    assert (
        held
        == "The 80 % interval of a customer's spend held 91.0 % of them; 0.0 % spent less and 9.0 % more."
    )
    assert agrees.endswith("rank correlation 0.97.")


def test_limits_parameters_and_who_chose(sections: dict[str, Section]) -> None:
    assert sections["Limits"].texts == (
        "Cannot answer: How much will each customer be worth in a year? The file reaches back 12 months only.",
        "The level of the next window came out 8 % too low in the backtest.",
    )
    facts = dict(sections["Parameters and versions"].facts)
    assert facts["Seed"] == "42"
    assert facts["lightgbm"] == "4.7.0"
    assert facts["Serving model, probability"] == "the rule decides"
    assert facts["Learning rates chosen on a holdout"] == "yes"
    assert facts["Models that competed"] == "logistic, lightgbm"
    assert "The rule:" in dict(sections["What this is"].facts)["Probability to buy"]
    assert len(sections["Over time"].tables[0].rows) == 12


def test_the_file_needs_nothing_and_nothing_in_it_is_markup() -> None:
    hostile = '<img src=x onerror="alert(1)">&'
    told = to_html(
        (Section(hostile, (hostile,), ((hostile, hostile),), (Table(hostile, (hostile, "h"), ((hostile, hostile),)),)),),
        hostile,
        hostile,
    )  # fmt: skip
    reader = Reader()
    reader.feed(told)
    assert "img" not in reader.tags
    assert reader.addresses == []
    assert reader.text.count(hostile) == 11
    assert "@media print" in told
    assert told.startswith("<!DOCTYPE html>")
    assert {"html", "main", "dl", "table", "caption"} <= set(reader.tags)
