"""The form for one customer: what is read, filled in and refused, and how the answer is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from callbacks import predict_one as page
from callbacks.predict_profile import advice_for, belongs_to, next_nearest
from callbacks.services import Services
from data import names
from data.errors import InputError, NotFoundError
from data.similar import medians
from data.store import Analysis, Store
from jobs.one import Place
from jobs.queue import JobQueue
from models.segmentation.playbook import play_for
from pages._ui import ids
from pages._ui import predict_answer as answers
from pages._ui import predict_one as view
from pages._ui.customer import Frame
from settings import Settings
from tests.factories import customers, publish_analysis


def texts(component: Any) -> str:
    """All words of a component."""
    if isinstance(component, list | tuple):
        return " ".join(filter(None, map(texts, component)))
    if isinstance(component, Component):
        return texts(getattr(component, "children", None))
    return "" if component is None else str(component)


@pytest.fixture
def services(tmp_path: Path) -> Services:
    store = Store(tmp_path / "home")
    return Services(Settings(home=store.home), store, JobQueue(store.home, workers=0))


@pytest.fixture
def analysis(services: Services) -> Analysis:
    frame = customers(80, seed=1)
    for name in names.COUNTS:
        frame[name] = frame[name].round()
    frame["tenure_days"] += frame["recency_days"] + 30
    frame.loc[0, names.CUSTOMER_ID] = "<b>x</b>"
    return publish_analysis(services.store.home, frame, customers=80)


def fill(services: Services, analysis: Analysis, start: str = "", **written: str) -> dict[str, Any]:
    return page.fill(services, analysis.id, start, written, None)


def test_the_form_has_every_feature_once() -> None:
    assert sorted(view.FIELDS) == sorted(names.FEATURES)
    assert len({view.label(name) for name in view.FIELDS}) == len(view.FIELDS)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("monetary", "1,200.50", 1200.5), ("monetary", "€1 200", 1200.0), ("trend", "−3", -3.0),
        ("units", ".5", 0.5), ("returns_share", "12 %", 0.12), ("returns_share", "7", 0.07),
        ("peak_season", "Yes", 1.0), ("peak_season", "no", 0.0), ("frequency", "  ", None), ("frequency", None, None),
    ],
)  # fmt: skip
def test_values_are_read_as_people_write_them(name: str, text: str, value: float | None) -> None:
    assert view.read(name, text) == value


@pytest.mark.parametrize("text", ["12,5", "1.2.3", "ten", "1e5", "<b>", "nan", "1,20,300"])
def test_what_is_no_number_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        view.read("monetary", text)


def test_a_value_is_written_as_it_is_read() -> None:
    for name, value in (
        ("monetary", 1234.5),
        ("frequency", 7.0),
        ("returns_share", 0.25),
        ("peak_season", 1.0),
    ):
        assert view.read(name, view.written(name, value)) == value
    assert view.written("mean_gap_days", None) == "none"


def test_a_typical_customer_is_filled_in(services: Services, analysis: Analysis) -> None:
    shown = fill(services, analysis)
    typical = medians(services.queries(analysis.id), {})
    assert shown["placeholders"]["units"] == view.written("units", typical["units"])
    assert not any(shown["wrong"].values())
    assert "median of each feature" in shown["start"]
    assert "50 most similar customers" in shown["note"]
    assert texts(shown["notes"]["units"]) == f"Filled in: {shown['placeholders']['units']}"
    with pytest.raises(PreventUpdate):
        page.fill(services, "", "", {}, None)


def test_what_is_written_is_used_and_the_rest_follows(services: Services, analysis: Analysis) -> None:
    shown = fill(services, analysis, recency_days="100", frequency="4", monetary="1,000", tenure_days="400")
    assert shown["placeholders"]["mean_order_value"] == "250"
    assert shown["placeholders"]["orders_90"] == "0"
    near = medians(
        services.queries(analysis.id),
        {"recency_days": 100, "frequency": 4, "monetary": 1000, "tenure_days": 400},
    )
    assert shown["placeholders"]["units"] == view.written("units", near["units"])
    assert shown["notes"]["frequency"] is None


def test_an_existing_customer_is_a_start(services: Services, analysis: Analysis) -> None:
    shown = fill(services, analysis, "<b>x</b>")
    row = services.queries(analysis.id).customer("next", "<b>x</b>")
    assert all(shown["placeholders"][name] == view.written(name, row[name]) for name in names.FEATURES)
    assert "as those of customer <b>x</b>" in shown["note"]
    assert f"{row['frequency']:,.0f} order" in shown["start"]
    gone = fill(services, analysis, "nobody")
    assert gone["unknown"] is True
    assert "Customer nobody is not in this analysis" in gone["start"]
    with pytest.raises(NotFoundError):
        page.described(services, analysis.id, "nobody", {})


def test_what_cannot_be_stands_at_its_field(services: Services, analysis: Analysis) -> None:
    shown = fill(services, analysis, frequency="3", orders_30="5", monetary="lots", recency_days="-2")
    assert {name for name, wrong in shown["wrong"].items() if wrong} == {
        "orders_30",
        "monetary",
        "recency_days",
    }
    assert shown["notes"]["orders_30"] == "That is more than the 3 orders in all."
    assert shown["notes"]["monetary"] == "“lots” is not a number. Write it like 1,200.50."
    # What is wrong is not used, so there is a value to see.
    assert shown["placeholders"]["recency_days"] not in ("", "-2", "none")
    with pytest.raises(InputError, match="Not scored yet: Days since last order"):
        page.score(services, analysis.id, "", {"recency_days": "-2"})


def test_an_answer_of_before_says_so(services: Services, analysis: Analysis) -> None:
    values = page.described(services, analysis.id, "", {"frequency": "3"}).values
    scored = {"analysis": analysis.id, **values}
    assert page.fill(services, analysis.id, "", {"frequency": "3"}, scored)["current"] is True
    assert page.fill(services, analysis.id, "", {"frequency": "4"}, scored)["current"] is False
    other = scored | {"analysis": "another"}
    assert page.fill(services, analysis.id, "", {"frequency": "3"}, other)["current"] is False


def test_a_model_that_cannot_be_used_is_told(services: Services, analysis: Analysis) -> None:
    with pytest.raises(InputError, match="has no saved model"):
        page.score(services, analysis.id, "", {})


def place(kind: str = "cluster", **more: Any) -> Place:
    given: dict[str, Any] = {"key": "champions", "name": "Best <i>", "colour": 3, **more}
    return Place("id", kind, **given)


def test_a_place_is_told_with_its_scores_or_its_neighbour() -> None:
    told = belongs_to(place("segment", scores=(5, 4, 3)))
    assert (told.kind, told.name, told.colour, told.note) == ("Segment", "Best <i>", 3, "R5 F4 M3")
    near = (("Best <i>", 1.0), ("Loyal", 1.8), ("Lost", 4.0))
    assert next_nearest(place(near=near)) == "next comes Loyal, 1.8 times as far"
    assert next_nearest(place(near=near[:1])) == ""
    # A mixture may put a customer where the mean is not the nearest.
    assert next_nearest(place(near=(("Loyal", 1.0), ("Best <i>", 2.0)))) == "next comes Loyal"
    assert belongs_to(place("segment", scores=(5, 0, 0))).note == ""


def test_the_advice_is_the_plays_as_people_changed_it(services: Services) -> None:
    assert advice_for(services, []) is None
    own = play_for("champions")
    told = advice_for(services, [place("segment"), place(key="lost")])
    assert told is not None
    assert (told.segment, told.strategy, told.texts["offer"]) == ("Best <i>", own.strategy, own.offer)
    services.edits.save_play("champions", {"offer": "A cake"})
    changed = advice_for(services, [place("segment")])
    assert changed is not None
    assert (changed.strategy, changed.texts["offer"]) == (own.strategy, "A cake")


def answer(**more: Any) -> answers.Answer:
    values = {"pred_prob": 0.62, "pred_spend": 40.0, "pred_spend_low": 0.0, "pred_spend_high": 90.0,
              "churn_risk": 0.38, "clv": 150.0, "p_alive": 0.9, "frequency": 4.0,
              "reason_1": "frequency", "reason_1_effect": 0.5}  # fmt: skip
    given: dict[str, Any] = {
        "title": "This customer", "as_of": "31 Dec 2025", "values": values, "frame": Frame("next", 90, "EUR", 0.8),
        "outside": [], "belongs": [], "advice": None, "profile": None, "segments_page": "/segments?analysis=1",
    }  # fmt: skip
    return answers.Answer(**{**given, **more})


def test_the_answer_tells_everything() -> None:
    profile = answers.Profile(
        "Loyal",
        "Means of 10.",
        {"frequency": 4.0},
        {"frequency": 6.5, "clv": 200.0},
        {"frequency": 3.0, "clv": None},
    )
    told = texts(
        answers.answer(
            answer(
                belongs=[answers.Belongs("Segment", "Loyal", 2, "R4 F4 M4")],
                advice=answers.Advice(
                    "Loyal", "Say thanks.", {"channel": "E-mail", "offer": "", "timing": "Now"}
                ),
                profile=profile,
                outside=["monetary", "units", "orders_30", "orders_60"],
            )
        )
    )
    for words in ("62 %", "€40", "38 %", "€150", "80 % of such customers spend €0 to €90.", "Loyal R4 F4 M4",
                  "What to do: Loyal Say thanks. Channel E-mail When Now", "4 orders so far makes buying likelier",
                  "Nearest profile: Loyal", "Orders so far 4 6.5 3", "Value, 12 months – €200 –",
                  "spent so far, units bought, orders, last 30 days and 1 more feature"):  # fmt: skip
        assert words in told
    assert "Offer" not in told


def test_an_analysis_without_segments_says_so() -> None:
    told = texts(answers.answer(answer()))
    assert "have not been divided into segments" in told
    assert "62 %" in told
    assert "Nearest profile" not in told


def find(component: Any, component_id: str) -> Any:
    """The component of that id."""
    if isinstance(component, list | tuple):
        return next((found for each in component if (found := find(each, component_id)) is not None), None)
    if not isinstance(component, Component):
        return None
    if getattr(component, "id", None) == component_id:
        return component
    return find(getattr(component, "children", None), component_id)


@pytest.mark.parametrize("opened", ["one", "file"])
def test_one_part_of_the_page_is_open(opened: str) -> None:
    for name, (_, panel) in view.TABS.items():
        assert view.panel([], name, opened).hidden is (name != opened)
        button = find(view.tabs(opened), view.tab_id(name))
        assert getattr(button, "aria-selected") == ("true" if name == opened else "false")
        assert getattr(button, "aria-controls") == panel
    assert find(view.form("C1"), ids.PREDICT_ONE_START).value == "C1"


def test_scores_of_a_frame_are_plain_numbers() -> None:
    frame = pd.Series({"a": None, "b": 1.0})
    assert [page.number(value) for value in frame] == [None, 1.0]
