"""The ROI page's handlers over a small shop: what the controls begin with, what is answered, what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from dash import no_update
from dash.exceptions import PreventUpdate

from callbacks import roi_answer, roi_segments
from callbacks.roi_begin import OUTPUTS, begin, read_params
from callbacks.services import Services
from data.errors import InputError
from models.campaign.params import CampaignParams
from models.roi import financials
from pages._ui import ids
from settings import Settings
from tests.campaigns import CampaignShop, campaign_shop, make_list
from tests.layouts import text_of


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Services:
    return Services.create(Settings(home=tmp_path_factory.mktemp("roi") / "home", autosample=False))


@pytest.fixture(scope="module")
def shop(services: Services) -> CampaignShop:
    return campaign_shop(services.store.home)


def first(services: Services, shop: CampaignShop, **address: str) -> dict[str, Any]:
    return begin(services, shop.analysis.id, None, address, None, None, None)


def asked(services: Services, shop: CampaignShop, **more: Any) -> dict[str, Any]:
    start = services.campaign(shop.analysis.id).start.to_dict()
    return start | {"analysis": shop.analysis.id, "audience": "everybody", "moving": False, "stamp": 7} | more


def draw(services: Services, view: str, question: dict[str, Any], theme: str = "light") -> dict[str, Any]:
    return roi_answer.draw(services, question, view, theme)


def test_the_page_begins_as_its_analysis_does(services: Services, shop: CampaignShop) -> None:
    found = first(services, shop)
    assert set(found) == set(OUTPUTS)
    assert (found["margin_value"], found["horizon_days"], found["discount_value"]) == (42, 90, 15)
    ready = found["ready"]
    size = services.campaign(shop.analysis.id).audience("at_risk").size
    assert found["audience"] == ready["audience"] == ready["first"] == "at_risk"
    assert ready["size"] == found["contacted"] == found["contacted_max"] == size < 500
    assert ready["start"]["contacted"] == size
    assert ready["symbol"] == "£"
    # What no whole percent says is kept beside its slider.
    assert ready["exact"] == {
        "forecast_error": [found["forecast_error_value"], ready["start"]["forecast_error"]]
    }
    json.dumps(ready)


def test_an_address_is_honoured_beyond_the_comfortable_range(services: Services, shop: CampaignShop) -> None:
    found = first(
        services, shop, audience="everybody", contacted="30", discount="0.75", uplift="-0.2", rank="rfm",
        margin="0.425", budget="1000", holdout="0.3",
    )  # fmt: skip
    assert (found["discount_value"], found["discount_max"]) == (75, 75)
    assert (found["uplift_value"], found["uplift_min"]) == (-20, -20)
    assert (found["rank"], found["contacted"], found["budget"], found["holdout"]) == ("rfm", 30, 1000, 30)
    assert found["margin_value"] == 42
    assert found["ready"]["exact"]["margin"] == [42, 0.425]


@pytest.mark.parametrize(
    ("name", "text", "position", "kept"),
    [
        ("uplift", "1.7", 100, 1.7),
        ("uplift", "much", 50, "much"),
        ("discount", "nan", 15, "nan"),
        ("contacted", "0", 1, 0),
        ("contacted", "2.5", 2, 2.5),
        ("rank", "beauty", "profit", "beauty"),
        ("horizon_days", "soon", None, "soon"),
    ],
)
def test_nonsense_of_an_address_is_kept_to_be_told(
    services: Services, shop: CampaignShop, name: str, text: str, position: Any, kept: Any
) -> None:
    found = first(services, shop, **{name: text})
    place = name if name in found else f"{name}_value"
    assert found[place] == position
    assert found["ready"]["exact"][name] == [position, kept]
    shown = draw(services, "depth", asked(services, shop, **{name: kept}))
    assert text_of(shown["verdict"]).strip()
    assert shown["stats"] is None
    assert shown["answered"] == {"stamp": 7}
    assert shown["depth"].layout.annotations[0].text == "There is no answer to draw."


def test_another_audience_keeps_what_was_wished(services: Services, shop: CampaignShop) -> None:
    few = make_list(shop, shop.score["customer_id"].head(12).tolist(), "A dozen")
    ready = first(services, shop, audience="everybody", contacted="200", discount="0.3")["ready"]
    now = asked(services, shop, contacted=200)
    found = begin(services, shop.analysis.id, f"list:{few}", {}, ready, now, ids.ROI_AUDIENCE)
    assert (found["contacted"], found["contacted_max"], found["audience_help"]) == (12, 12, "12 customers")
    assert found["discount_value"] is no_update
    assert found["ready"]["wished"] == 200
    back = begin(
        services, shop.analysis.id, "everybody", {}, found["ready"], now | {"contacted": 12}, ids.ROI_AUDIENCE
    )
    assert back["contacted"] == 200
    fewer = begin(
        services, shop.analysis.id, "everybody", {}, found["ready"], now | {"contacted": 5}, ids.ROI_AUDIENCE
    )
    assert fewer["contacted"] == 5


def test_another_analysis_keeps_what_was_changed(services: Services, shop: CampaignShop) -> None:
    other = campaign_shop(services.store.home, 60, seed=5)
    ready = first(services, shop, audience="everybody")["ready"]
    now = asked(services, shop, discount=0.25, contacted=500)
    found = begin(services, other.analysis.id, "everybody", {}, ready, now, ids.SHELL_DATASET)
    assert (found["discount_value"], found["audience"]) == (25, "everybody")
    assert found["contacted"] == found["ready"]["size"] == 40
    gone = begin(
        services, other.analysis.id, f"segment:{shop.rules_id}:at_risk", {}, ready, now, ids.SHELL_DATASET
    )
    assert gone["audience"] == "at_risk"
    assert "not part of this analysis" in text_of(gone["note"])
    with pytest.raises(PreventUpdate):
        begin(services, shop.analysis.id, "everybody", {}, ready, now, ids.SHELL_DATASET)


def test_reset_is_the_analysis_start(services: Services, shop: CampaignShop) -> None:
    ready = first(services, shop, audience="everybody", discount="0.5")["ready"]
    now = asked(services, shop, discount=0.5)
    found = begin(services, shop.analysis.id, "everybody", {}, ready, now, ids.ROI_RESET)
    fresh = first(services, shop)
    assert found == fresh | {"before": now, "undo": ""}
    # What was there before comes back as it was, and there is nothing to take back then.
    back = begin(
        services, shop.analysis.id, "at_risk", {}, found["ready"], fresh, ids.ROI_UNDO, found["before"]
    )
    whole = first(services, shop, **{name: str(value) for name, value in now.items()})
    assert back == whole
    assert (back["audience"], back["discount_value"]) == ("everybody", 50)
    assert (back["before"], back["undo"]) == (None, "lw-hidden")


def test_the_answer_says_what_the_model_says(services: Services, shop: CampaignShop) -> None:
    question = asked(services, shop, contacted=100, fixed_cost=50.0, budget=100.0)
    shown = draw(services, "depth", question)
    book = services.campaign(shop.analysis.id)
    params = CampaignParams.from_params(question, book.start)
    found = book.answer("everybody", params)
    assert text_of(shown["question"]).replace("  ", " ").startswith("If we give 15 % off to 100")
    words = text_of(shown["stats"])
    assert f"£{abs(round(found.financials.net_profit)):,}" in words
    assert "nan" not in text_of([shown[name] for name in ("verdict", "stats", "lines", "cautions")]).lower()
    assert "With a margin 5 points lower" in text_of(shown["lines"])
    assert "budget" not in text_of(shown["lines"])
    assert f"The budget pays for {found.within_budget} of the 100" in text_of(shown["cautions"])
    rich = draw(services, "proof", question | {"budget": 900_000.0})
    assert "The budget of £900,000 covers this and 280 more customers." in text_of(rich["lines"])
    assert "budget" not in text_of(rich["cautions"])
    assert "Propensity is not uplift" in text_of(shown["cautions"])
    assert shown["answered"] == {"stamp": 7, "best": book.depth("everybody", params).best}
    assert shown["range"] is no_update
    again = financials(book.contacted("everybody", params), params)
    assert found.financials.net_profit == pytest.approx(again.net_profit)


@pytest.mark.parametrize(("view", "chart"), [("range", "bars"), ("drivers", "heat")])
def test_only_the_open_view_is_drawn(services: Services, shop: CampaignShop, view: str, chart: str) -> None:
    shown = draw(services, view, asked(services, shop, contacted=80))
    assert shown[chart].data
    assert shown[f"{chart}_style"]["height"].endswith("px")
    assert shown["depth"] is no_update
    assert draw(services, "proof", asked(services, shop, contacted=80))[chart] is no_update


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"audience": "list:nothing"}, "list"),
        ({"audience": "secret"}, "There is no audience"),
        ({"contacted": 0}, "Nobody is contacted"),
        ({"uplift": 1.7}, "not 170 %"),
        ({"horizon_days": None}, "Horizon must be a number."),
        ({"seed": ""}, "Seed must be a number."),
    ],
)
def test_what_cannot_be_answered_is_a_sentence(
    services: Services, shop: CampaignShop, more: dict[str, Any], words: str
) -> None:
    shown = draw(services, "depth", asked(services, shop, **more))
    assert words in text_of(shown["verdict"])
    assert shown["best_closed"] is True


def test_a_discount_above_the_margin_is_answered_and_warned_of(
    services: Services, shop: CampaignShop
) -> None:
    shown = draw(services, "depth", asked(services, shop, contacted=50, discount=0.5))
    assert text_of(shown["verdict"]).startswith("No ")
    assert "takes all of the margin" in text_of(shown["cautions"])
    assert "no uplift pays for it" in text_of(shown["stats"])


def test_nothing_spent_and_nothing_gained_are_words(services: Services, shop: CampaignShop) -> None:
    question = asked(
        services, shop, contacted=50, discount=0.0, contact_cost=0.0, uplift=0.0, uplift_range=0.0
    )
    shown = draw(services, "range", question)
    words = text_of(shown["stats"])
    assert "Nothing spent" in words
    assert "No extra orders" in words
    assert "nothing off" in text_of(shown["question"])


def test_empty_costs_are_none_at_all(services: Services, shop: CampaignShop) -> None:
    start = services.campaign(shop.analysis.id).start
    assert read_params({"fixed_cost": None, "budget": ""}, start) == start
    with pytest.raises(InputError, match="Cost per contact must be a number"):
        read_params({"contact_cost": None}, start)


def test_segments_add_up_and_lead_to_their_own_question(services: Services, shop: CampaignShop) -> None:
    question = asked(services, shop, discount=0.1, contacted=7)
    shown = roi_segments.show(services, question, "segments", "light", "expected")
    book = services.campaign(shop.analysis.id)
    params = CampaignParams.from_params(question, book.start)
    whole = financials(book.customers, params)
    total = text_of(shown["table"].children.children[-1].children[-1])
    assert total.startswith(f"Everybody {len(book.customers)} ")
    assert f"£{abs(round(whole.net_profit)):,}" in total
    assert shown["file"] == f"/roi/segments.csv?analysis={shop.analysis.id}&discount=0.1"
    assert f"segment:{shop.rules_id}:" in str(shown["table"])
    other = roi_segments.show(services, question, "segments", "light", "pessimistic")
    assert text_of(other["table"]) != text_of(shown["table"])


@pytest.mark.parametrize(("view", "moving"), [("depth", False), ("segments", True)])
def test_segments_rest_while_nobody_looks(
    services: Services, shop: CampaignShop, view: str, moving: bool
) -> None:
    with pytest.raises(PreventUpdate):
        roi_segments.show(services, asked(services, shop, moving=moving), view, "light", "expected")


def test_without_segments_there_are_words(services: Services, tmp_path: Path) -> None:
    bare = Services.create(Settings(home=tmp_path / "home", autosample=False))
    other = campaign_shop(bare.store.home, 60)
    bare.store.delete_segmentation(other.rules_id)
    shown = roi_segments.show(bare, asked(bare, other), "segments", "light", "expected")
    assert "no segments by rules" in text_of(shown["table"])


def test_nothing_happens_before_there_is_an_analysis(services: Services) -> None:
    with pytest.raises(PreventUpdate):
        begin(services, "", None, {}, None, None, None)
    with pytest.raises(PreventUpdate):
        roi_answer.draw(services, None, "depth", "light")
    told = begin(services, "gone", None, {}, None, None, None)
    assert "analysis" in text_of(told["note"])
