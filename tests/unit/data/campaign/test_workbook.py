"""The calculation as a workbook: its formulas give what the model gives, whatever is put into its cells."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest

from data.campaign.workbook import MONEY, ROWS, SHARE, TEXT, WHOLE, Calculation, Entry, write_calculation
from data.errors import InputError
from models.campaign.params import POINTS, CampaignParams
from models.roi import Customers, financials, incremental, with_offer
from tests.segmentations import HOSTILE
from tests.spreadsheet import Workbook

PEOPLE = 40
LABELS = {
    "customers": "Customers contacted",
    "baseline_orders": "Buyers without the offer",
    "orders": "Buyers with the offer",
    "incremental_orders": "Extra orders",
    "baseline_spend": "Spend without the offer",
    "incremental_spend": "Extra spend, at list price",
    "incremental_margin": "Margin on the extra spend",
    "discounts_anyway": "Discounts: would have bought anyway",
    "discounts": "Discounts, all",
    "contact_cost": "Cost of the contacts",
    "fixed_cost": "Fixed cost",
    "total_cost": "Total cost: contacts, fixed cost, discounts",
    "net_profit": "Net profit",
    "roi": "ROI: net profit / total cost",
    "cost_per_order": "Cost per extra order",
}


def customers() -> Customers:
    """Of every kind: certain to buy, never to buy, and worth nothing."""
    draw = np.random.default_rng(3)
    p = draw.beta(1, 4, PEOPLE)
    p[:3] = (1.0, 0.0, 0.97)
    spend = p * draw.lognormal(4, 1, PEOPLE)
    spend[5] = 0.0
    shape = (np.array([-2.0, 0.0, 2.0]), np.array([0.0, 0.5, 1.0]))
    return Customers(p, spend, np.full(PEOPLE, 0.8), {}, 90, shape)


PARAMS = CampaignParams(contacted=PEOPLE, discount=0.15, margin=0.4, fixed_cost=25.0, contact_cost=0.25)


def calculation(params: CampaignParams = PARAMS, people: Customers | None = None) -> Calculation:
    found = customers() if people is None else people
    inputs = (
        Entry("Customers contacted", len(found), WHOLE, "Contacts", 1, len(found)),
        Entry("Discount", params.discount, SHARE, "Discount", 0, 0.9),
        Entry("Margin", params.margin, SHARE, "Margin"),
        Entry("Expected uplift", params.uplift, SHARE, "Uplift", -1, 1),
        Entry("Uplift in", params.uplift_unit, TEXT, "Uplift_unit"),
        Entry("Redemption", params.redemption, SHARE, "Redemption"),
        Entry("Cost per contact", params.contact_cost, MONEY, "Cost_per_contact", 0, 1e6),
        Entry("Fixed cost", params.fixed_cost, MONEY, "Fixed_cost", 0, 1e12),
    )
    own = found.at(params.horizon_days)
    return Calculation(
        question="=1+1 Do we make money?",
        symbol="£",
        made=dt.datetime(2026, 1, 2, 3, 4, tzinfo=dt.UTC),
        inputs=inputs,
        results=financials(found, params).to_dict(),
        simulated=(Entry("Net profit, low", -12.5, MONEY, note="Fixed."), Entry("ROI, low", None, SHARE)),
        notes=(("Audience", HOSTILE[2]),),
        ids=[*HOSTILE, "=2+2", "00123", *(f"C{place}" for place in range(len(found) - len(HOSTILE) - 2))],
        probability=own.probability,
        value=own.value,
        offered=with_offer(found, params),
        profit=incremental(found, params),
        discount=params.discount,
        redemption=params.redemption,
    )


@pytest.fixture
def book(tmp_path: Path) -> Workbook:
    path = tmp_path / "calculation.xlsx"
    write_calculation(calculation(), path)
    return Workbook(path)


def check(found: dict[str, Any], params: CampaignParams, people: Customers) -> None:
    wanted = financials(people, params).to_dict()
    for key, label in LABELS.items():
        if wanted[key] is not None:
            assert found[label] == pytest.approx(wanted[key], rel=1e-9, abs=1e-9), key


def test_formulas_give_what_the_model_gives(book: Workbook) -> None:
    assert set(book.results()) == set(LABELS.values())
    check(book.results(), PARAMS, customers())
    assert book.column("E") == pytest.approx(with_offer(customers(), PARAMS))
    assert book.column("J") == pytest.approx(incremental(customers(), PARAMS))


@pytest.mark.parametrize(
    ("cells", "changes"),
    [
        ({"Discount": 0.3}, {"discount": 0.3}),
        ({"Discount": 0.0, "Margin": 0.9}, {"discount": 0.0, "margin": 0.9}),
        ({"Uplift": 1.0}, {"uplift": 1.0}),
        ({"Uplift": -0.5}, {"uplift": -0.5}),
        ({"Uplift": 0.05, "Uplift_unit": "points"}, {"uplift": 0.05, "uplift_unit": POINTS}),
        ({"Uplift": -0.4, "Uplift_unit": "points"}, {"uplift": -0.4, "uplift_unit": POINTS}),
        ({"Redemption": 1.0}, {"redemption": 1.0}),
        ({"Cost_per_contact": 3.0, "Fixed_cost": 0.0}, {"contact_cost": 3.0, "fixed_cost": 0.0}),
    ],
)
def test_a_changed_cell_moves_the_profit(
    book: Workbook, cells: dict[str, Any], changes: dict[str, Any]
) -> None:
    before = book.results()["Net profit"]
    for name, value in cells.items():
        book.change(name, value)
    check(book.results(), replace(PARAMS, **changes), customers())
    assert abs(book.results()["Net profit"] - before) > 0.01


def test_fewer_can_be_contacted(book: Workbook) -> None:
    book.change("Contacts", 10)
    check(book.results(), PARAMS, customers().take(np.arange(10)))
    book.change("Contacts", 5000)
    check(book.results(), PARAMS, customers())


def test_nothing_spent_and_nothing_gained_are_words(tmp_path: Path) -> None:
    path = tmp_path / "calculation.xlsx"
    nothing = replace(PARAMS, discount=0.0, contact_cost=0.0, fixed_cost=0.0, uplift=0.0)
    write_calculation(calculation(nothing), path)
    found = Workbook(path).results()
    assert (found[LABELS["roi"]], found[LABELS["cost_per_order"]]) == ("nothing spent", "no extra orders")
    shown = openpyxl.load_workbook(path, data_only=True)["Summary"]
    assert {row[0].value: row[1].value for row in shown.iter_rows()}[LABELS["roi"]] == "nothing spent"


def test_a_viewer_that_works_nothing_out_shows_the_same(book: Workbook, tmp_path: Path) -> None:
    shown = openpyxl.load_workbook(tmp_path / "calculation.xlsx", data_only=True)
    rows = {row[0].value: [cell.value for cell in row[1:4]] for row in shown["Summary"].iter_rows()}
    for label, value in book.results().items():
        assert rows[label] == pytest.approx([value, value, 0], rel=1e-9), label
    for letter in "EFGHIJ":
        cached = [row[0].value for row in shown["Customers"][f"{letter}2" : f"{letter}{PEOPLE + 1}"]]
        assert cached == pytest.approx(book.column(letter).tolist(), rel=1e-9, abs=1e-12), letter
    assert rows["Net profit, low"][0] == -12.5
    assert rows["ROI, low"][0] is None


def test_texts_are_texts(tmp_path: Path, book: Workbook) -> None:
    sheet = book.book["Customers"]
    ids = [row[0] for row in sheet[f"B2:B{PEOPLE + 1}"]]
    assert [cell.value for cell in ids[:7]] == [*HOSTILE, "=2+2", "00123"]
    assert {cell.data_type for cell in ids} == {"s"}
    assert book.book["Summary"]["A1"].data_type == "s"
    assert book.book["Notes"]["B1"].value == HOSTILE[2]
    again = tmp_path / "again.xlsx"
    write_calculation(calculation(), again)
    assert again.read_bytes() == (tmp_path / "calculation.xlsx").read_bytes()


def test_too_many_are_told(tmp_path: Path) -> None:
    many = replace(calculation(), ids=["x"] * (ROWS + 1))
    with pytest.raises(InputError, match=r"at most 20,000 customers, and 20,001 are contacted: .* as CSV"):
        write_calculation(many, tmp_path / "calculation.xlsx")
    assert not (tmp_path / "calculation.xlsx").exists()
