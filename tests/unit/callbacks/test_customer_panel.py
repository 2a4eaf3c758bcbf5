from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dash import dcc, html, no_update
from dash.exceptions import PreventUpdate

from callbacks.customer import NO_HISTORY, chosen_customer, explain, explain_again
from callbacks.services import Services
from data import names
from data.store import DATASETS, Store, write_json
from figures.theme import tokens
from settings import Settings
from tests.factories import customers, publish_analysis
from tests.layouts import text_of

HOSTILE = "<b>=1+1</b>"
LINES = """
SELECT * FROM (VALUES
  ('C000005', 'a', DATE '2025-01-01', 1.0, 20.00::DECIMAL(18,4)),
  ('C000005', 'b', DATE '2025-01-31', 1.0, 30.00::DECIMAL(18,4)),
  ('C000005', 'c', DATE '2025-11-30', 2.0, 43.00::DECIMAL(18,4)),
  ('C000006', 'd', DATE '2025-06-01', 1.0, 10.00::DECIMAL(18,4))
) lines(customer_id, order_id, day, quantity, amount)
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("panel")


@pytest.fixture(scope="module")
def dataset(home: Path) -> str:
    def fill(folder: Path) -> dict[str, object]:
        with duckdb.connect() as connection:
            connection.execute(f"COPY ({LINES}) TO '{folder}/transactions.parquet' (FORMAT parquet)")
        write_json(folder / "ledger.json", {"understood": {"currency": "GBP"}})
        return {"buckets": [["transactions.parquet"]], "last_date": "2025-12-31"}

    return Store(home).publish(DATASETS, "Shop", fill)


@pytest.fixture(scope="module")
def analysis(home: Path, dataset: str) -> str:
    frame = customers(50)
    frame.loc[0, names.CUSTOMER_ID] = HOSTILE
    return publish_analysis(home, frame, dataset_id=dataset, params={"interval": 0.9}).id


@pytest.fixture(scope="module")
def services(home: Path, analysis: str) -> Services:
    return Services.create(Settings(home=home))


def parts(component: Any) -> list[Any]:
    if isinstance(component, list | tuple):
        return [found for child in component for found in parts(child)]
    return [component, *parts(getattr(component, "children", None))] if component is not None else []


def chart(body: Any) -> Any:
    return next(part for part in parts(body) if isinstance(part, dcc.Graph)).figure


def test_a_click_goes_before_a_row() -> None:
    click = {"points": [{"text": "&lt;b&gt;=1+1&lt;/b&gt;"}]}
    assert chosen_customer(click, [{"customer_id": "C000005"}]) == HOSTILE
    assert chosen_customer(None, [{"customer_id": "C000005"}]) == "C000005"
    assert chosen_customer(None, []) is None
    assert chosen_customer(None, None) is None


def test_the_panel_shows_the_customer_with_their_orders(services: Services, analysis: str) -> None:
    body = explain(services, "C000005", {"analysis": analysis}, "dark")
    told = text_of(body)
    assert told.startswith("C000005")
    assert "90 % of such customers spend £0 to £" in told
    assert "2 orders: the first on 1 Jan 2025, the last on 31 Jan 2025, usually 30 days apart." in told
    assert "In the 90 days after the cutoff: 1 order, £43 net of returns." in told
    figure = chart(body)
    marks = {trace.name: list(trace.y) for trace in figure.data if trace.mode == "markers"}
    assert marks == {"Orders": [20.0, 30.0], "In the window": [43.0]}
    assert figure.layout.shapes[0].fillcolor == tokens("dark")["accent-soft"]
    named = next(part for part in parts(body) if isinstance(part, html.Figure))
    assert "1 order, £43" in named.to_plotly_json()["props"]["aria-label"]


def test_the_next_window_begins_after_the_last_date(services: Services, analysis: str) -> None:
    body = explain(services, "C000005", {"analysis": analysis, "window": "next"}, None)
    figure = chart(body)
    assert {trace.name for trace in figure.data if trace.mode == "markers"} == {"Orders"}
    assert figure.layout.shapes[1].x0 == dt.date(2025, 12, 31)
    assert figure.layout.shapes[0].x1 == dt.date(2026, 3, 31)
    assert "3 orders: the first on 1 Jan 2025, the last on 30 Nov 2025" in text_of(body)


def test_a_hostile_id_is_text_everywhere(services: Services, analysis: str) -> None:
    body = explain(services, HOSTILE, {"analysis": analysis}, "light")
    assert isinstance(body, list)
    assert body[0].children == HOSTILE
    assert "No order of this customer<br>is in the data set." in chart(body).layout.annotations[0].text


def test_without_its_data_set_the_panel_says_so_and_shows_the_rest(services: Services, home: Path) -> None:
    alone = publish_analysis(home, customers(20)).id
    told = text_of(explain(services, "C000005", {"analysis": alone}, "light"))
    assert NO_HISTORY in told
    assert "80 % of such customers spend" in told
    assert "What to do" in told
    assert "Against the average" in told


def test_what_cannot_be_explained_is_said(services: Services, analysis: str) -> None:
    unknown = explain(services, "nobody", {"analysis": analysis}, "light")
    assert "not in this analysis" in text_of(unknown)
    assert "There is no analysis" in text_of(explain(services, "C000005", {"analysis": "gone"}, "light"))
    for customer_id, params in ((None, {"analysis": analysis}), ("C000005", None)):
        with pytest.raises(PreventUpdate):
            explain(services, customer_id, params, "light")


def test_an_open_panel_follows_the_filter_and_the_theme(services: Services, analysis: str) -> None:
    shown = {"analysis": analysis, "customer": "C000005"}
    past = {"analysis": analysis}
    opened, body = explain_again(services, shown, past | {"window": "next"}, "dark", is_open=True)
    assert opened is no_update
    assert "What is expected" in text_of(html.Div(body))
    assert chart(body).layout.shapes[0].fillcolor == tokens("dark")["accent-soft"]
    assert explain_again(services, shown, {"analysis": "another"}, "dark", is_open=True) == (False, no_update)
    for params, is_open in ((past, False), (past | {"moving": "1"}, True), (None, True)):
        with pytest.raises(PreventUpdate):
            explain_again(services, shown, params, "light", is_open=is_open)
    with pytest.raises(PreventUpdate):
        explain_again(services, None, past, "light", is_open=True)
