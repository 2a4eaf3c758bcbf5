"""The worked example of docs/roi.md: what a person reads there is what the model computes."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import typer

import cli
from models import roi
from models.campaign.by_segment import COLUMNS
from models.campaign.customers import Customers
from models.campaign.params import LIMITS, RANKS, WORDS, CampaignParams
from models.campaign.sensitivity import SCENARIOS, scenarios, tornado

PARAMS = CampaignParams(
    contacted=4,
    discount=0.15,
    margin=0.4,
    uplift=0.5,
    redemption=0.4,
    contact_cost=0.5,
    fixed_cost=1.0,
    uplift_range=0.4,
)


@pytest.fixture(scope="module")
def text(root: Path) -> str:
    return (root / "docs" / "roi.md").read_text(encoding="utf-8")


def table(text: str, heading: str) -> list[list[str]]:
    """Cells of the rows of the one table whose first line begins with `heading`."""
    lines = text.splitlines()
    starts = [place for place, line in enumerate(lines) if line.startswith(heading)]
    assert len(starts) == 1, heading
    rows = []
    for line in lines[starts[0] + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip().strip("*") for cell in line.strip("|").split("|")])
    return rows


@pytest.fixture(scope="module")
def people(text: str) -> list[list[str]]:
    return table(text, "| customer | p |")


@pytest.fixture(scope="module")
def customers(people: list[list[str]]) -> Customers:
    given = np.array([[float(row[1]), float(row[2])] for row in people[:-1]])
    assert given.shape == (4, 2)
    point = (np.zeros(2), np.array([0.0, 1.0]))
    return Customers(given[:, 0], given[:, 1], np.zeros(4), {}, 90, point)


def test_each_customers_row_is_what_the_model_computes(people: list[list[str]], customers: Customers) -> None:
    after, profit = roi.with_offer(customers, PARAMS), roi.incremental(customers, PARAMS)
    for place, row in enumerate(people[:-1]):
        one = roi.financials(customers.take(np.array([place])), PARAMS, fixed_cost=0.0)
        computed = (
            customers.value[place], after[place], one.incremental_margin, one.discounts,
            one.discounts_anyway, one.contact_cost, profit[place],
        )  # fmt: skip
        assert [float(cell) for cell in row[3:]] == pytest.approx(computed, abs=1e-9), row[0]


def test_the_line_of_all_is_the_campaign(people: list[list[str]], customers: Customers) -> None:
    found = roi.financials(customers, PARAMS, fixed_cost=0.0)
    told = [float(cell) for cell in people[-1][1:] if cell]
    assert told == pytest.approx(
        (
            found.baseline_orders, found.baseline_spend, found.orders, found.incremental_margin,
            found.discounts, found.discounts_anyway, found.contact_cost, found.net_profit,
        ),
        abs=1e-9,
    )  # fmt: skip


def test_the_results_are_the_models(text: str, customers: Customers) -> None:
    told = {row[0]: row[1] for row in table(text, "| result | value | how |")}
    found = roi.financials(customers, PARAMS)
    even = roi.break_even(customers, PARAMS)
    assert found.roi is not None
    assert found.cost_per_order is not None
    assert even is not None
    assert told == {
        "incremental orders": f"{found.incremental_orders:.3f}",
        "total cost": f"{found.total_cost:.2f}",
        "net profit": f"{found.net_profit:.2f}",
        "ROI": f"{100 * found.roi:.2f} %",
        "cost per incremental order": f"{found.cost_per_order:.2f}",
        "break-even uplift": f"{100 * even:.0f} %",
    }
    assert even == pytest.approx(0.48, abs=1e-12)
    assert roi.financials(customers, PARAMS, even).net_profit == pytest.approx(0.0, abs=1e-9)


def test_the_first_formula_gives_the_same(customers: Customers) -> None:
    p, v = customers.probability, customers.value
    after = np.minimum(1.0, p * 1.5)
    using = (0.4 * p + after - p) / after
    assert after * v * (0.4 - 0.15 * using) - p * v * 0.4 - 0.5 == pytest.approx(
        roi.incremental(customers, PARAMS)
    )
    assert using[0] == pytest.approx(0.6)


def test_how_deep_to_go(text: str, people: list[list[str]], customers: Customers) -> None:
    names = [row[0] for row in people]
    order = roi.order_of(customers, PARAMS)
    for row in table(text, "| contacted | who | net profit |"):
        size = int(row[0])
        assert row[1] == ", ".join(names[place] for place in order[:size])
        assert row[2] == f"{roi.financials(customers.take(order[:size]), PARAMS).net_profit:.2f}"
    assert order.tolist() == [1, 0, 3, 2]
    assert roi.order_of(customers, replace(PARAMS, rank="propensity")).tolist()[0] == 2
    found = roi.answer(customers, PARAMS)
    assert found.financials.net_profit == pytest.approx(0.23)


def test_the_scenarios(text: str, customers: Customers) -> None:
    told = table(text, "| scenario | uplift | net profit |")
    assert told == [
        [one.key, f"{100 * one.uplift:.0f} %", f"{one.financials.net_profit:.2f}"]
        for one in scenarios(customers, PARAMS)
    ]
    assert [row[0] for row in told] == list(SCENARIOS)


def test_every_control_is_there_with_its_default(text: str) -> None:
    rows = {row[0]: row for row in table(text, "| control | meaning |")}
    shown = {label for name, label in WORDS.items() if name != "draws"}
    assert {name.strip("*") for name in rows} == {"Audience", *shown}
    assert all(len(row[1]) > 20 for row in rows.values())
    defaults = {
        "discount": "15 %", "uplift": "50 %", "uplift_range": "40 %", "redemption": "40 %", "holdout": "20 %",
        "contact_cost": "0.10", "contacted": "500", "seed": "42", "budget": "0", "fixed_cost": "0",
    }  # fmt: skip
    for name, default in defaults.items():
        assert rows[WORDS[name]][2] == default, name
        number = float(default.rstrip(" %")) / (100 if default.endswith("%") else 1)
        assert LIMITS[name].default == pytest.approx(number), name
    for rank in RANKS:
        assert f"`{rank}`" in text


def test_every_option_is_one_of_the_command(text: str) -> None:
    group: typer.core.TyperGroup = typer.main.get_command(cli.app)  # type: ignore[assignment]
    known = {option for one in group.commands["simulate"].params for option in one.opts}
    told = {row[3].strip("`") for row in table(text, "| control | meaning |")}
    assert told <= known
    # What says how the answer is given instead of what is asked.
    assert known - told == {"analysis", "--out", "--segments-out", "--json"}
    readout = {option for one in group.commands["readout"].params for option in one.opts}
    for line in re.findall(r"^lapwing readout .*$", text, re.MULTILINE):
        assert set(re.findall(r"--[a-z-]+", line)) <= readout


def test_every_bar_and_every_column_is_described(text: str, customers: Customers) -> None:
    assert [row[0] for row in table(text, "| bar | from, to |")] == [
        "Expected uplift", "Level of spend", WORDS["redemption"], "Margin", "Discount", "Cost per contact",
        "Fixed cost",
    ]  # fmt: skip
    assert {one.label for one in tornado(customers, PARAMS)} == {
        row[0] for row in table(text, "| bar | from, to |")
    }
    described = text[text.index("## roi.csv") :]
    assert tuple(row[0].strip("`") for row in table(described, "| column | meaning |")) == COLUMNS
