"""Scenarios of the ROI page: what is saved, listed, linked and compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from callbacks import roi_saved as page
from callbacks.roi_exact import Asked
from callbacks.services import Services
from data.errors import InputError, NotFoundError
from figures import words
from jobs.queue import JobQueue
from models.campaign.params import POINTS, CampaignParams
from pages._ui import roi_compare as table
from settings import Settings
from tests.campaigns import CampaignShop, campaign_shop
from tests.layouts import text_of
from tests.segmentations import HOSTILE


@pytest.fixture
def shop(tmp_path: Path) -> CampaignShop:
    return campaign_shop(tmp_path / "home", ids=HOSTILE)


@pytest.fixture
def services(shop: CampaignShop) -> Services:
    home = shop.store.home
    return Services(Settings(home=home, autosample=False), shop.store, JobQueue(home, workers=0))


def asked(shop: CampaignShop, **given: Any) -> dict[str, Any]:
    return {"analysis": shop.analysis.id, "audience": "everybody", **given}


def test_what_would_be_saved_is_the_question_on_screen(services: Services, shop: CampaignShop) -> None:
    what, name = page.describe(services, asked(shop, contacted=50, discount=0.1))
    found = Asked.of(services, asked(shop, contacted=50, discount=0.1)).answer
    assert text_of(what).startswith(
        "If we give 10 % off to 50 customers, do we make money? Expected net profit"
    )
    assert f"{found.financials.net_profit:,.0f}".lstrip("-") in text_of(what)
    assert name == "10 % off to 50 customers"
    page.save(services, asked(shop, contacted=50, discount=0.1), name)
    assert page.describe(services, asked(shop, contacted=50, discount=0.1))[1] == f"{name} (2)"
    assert page.describe(services, asked(shop, contacted=1, discount=0))[1] == "Nothing off to 1 customer"


def test_long_names_are_cut() -> None:
    assert page._short("x" * 70) == "x" * 59 + "…"
    assert page._short("x" * 70, " (2)") == "x" * 55 + "… (2)"
    assert page._short("x" * 60) == "x" * 60


def test_a_scenario_is_saved_and_listed(services: Services, shop: CampaignShop) -> None:
    given = asked(shop, contacted=5000, margin=0.45, uplift=0.02, uplift_unit=POINTS)
    assert page.save(services, given, f"  {HOSTILE[1]}   one ") == f"{HOSTILE[1]} one"
    found = services.store.scenarios()[0]
    answer = Asked.of(services, given).answer
    # No more are contacted than there are.
    assert found.manifest["params"]["contacted"] == answer.contacted == len(shop.score)
    assert found.manifest["results"]["net_profit"] == answer.financials.net_profit
    told = text_of(page.saved(services, shop.analysis.id, []))
    assert f"{HOSTILE[1]} one" in told
    assert f"{len(shop.score)} contacted of “Everybody”" in told
    assert "Margin 45 %" in told
    assert "Expected uplift 2 points" in told
    assert "Discount 15 %" not in told
    assert "Analysis orders.csv of" in told
    assert "cannot be opened" not in told


def test_its_address_asks_the_same_whatever_the_page_begins_with(
    services: Services, shop: CampaignShop
) -> None:
    given = asked(shop, contacted=70, discount=0.07, forecast_error=0.3, seed=7)
    page.save(services, given, "One")
    found = page._saved(services.store.scenarios()[0], page._Starts(services.store))
    parts = urlsplit(str(found.address))
    said = dict(parse_qsl(parts.query))
    assert parts.path == "/roi"
    assert set(CampaignParams().to_dict()) | {"analysis", "audience"} == set(said)
    again, before = Asked.of(services, said), Asked.of(services, given)
    assert (again.params, again.text) == (before.params, before.text)
    assert again.answer.low == services.store.scenarios()[0].manifest["results"]["low"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("", "1 to 60 characters"),
        (None, "1 to 60 characters"),
        ("x" * 61, "1 to 60 characters"),
        ("one  SCENARIO", "already a scenario called"),
    ],
)
def test_names_that_cannot_be(services: Services, shop: CampaignShop, name: str | None, told: str) -> None:
    page.save(services, asked(shop), "One scenario")
    with pytest.raises(InputError, match=told):
        page.save(services, asked(shop), name)
    assert len(services.store.scenarios()) == 1


def test_what_cannot_be_answered_is_not_saved(services: Services, shop: CampaignShop) -> None:
    for wrong in ({"contacted": 0}, {"margin": None}, {"audience": "nobody"}):
        with pytest.raises(InputError):
            page.save(services, asked(shop) | wrong, "One")
    with pytest.raises(NotFoundError):
        page.save(services, asked(shop, analysis="gone"), "One")
    assert services.store.scenarios() == []


def test_a_scenario_outlives_its_analysis(services: Services, shop: CampaignShop) -> None:
    page.save(services, asked(shop, contacted=50), "One")
    services.store.delete_analysis(shop.analysis.id)
    found = page._saved(services.store.scenarios()[0], page._Starts(services.store))
    assert found.address is None
    assert found.analysis == f"Analysis {shop.analysis.id}, deleted since, customers as of 31 Dec 2025"
    told = text_of(page.view.saved_scenarios([found], [], 0))
    assert "not in the workspace any more" in told
    assert "Open" not in told


def test_scenarios_of_other_data_sets_are_counted(services: Services, shop: CampaignShop) -> None:
    assert "No scenarios yet" in text_of(page.saved(services, shop.analysis.id, []))
    facts = Asked.of(services, asked(shop)).book.scenario("everybody", CampaignParams(contacted=9))
    services.store.publish(
        "scenarios", "Elsewhere", lambda _: {"kind": "scenario", **facts, "series": "other"}
    )
    told = text_of(page.saved(services, shop.analysis.id, []))
    assert "1 more scenario of other data sets" in told
    assert "Elsewhere" not in told


def test_two_are_side_by_side(services: Services, shop: CampaignShop) -> None:
    page.save(services, asked(shop, contacted=50), "Small")
    page.save(services, asked(shop, contacted=80, discount=0.2, budget=500), "Large")
    large, small = services.store.scenarios()
    assert page.side_by_side(services, [small.id], "light", narrow=False)["hidden"] is True
    assert page.side_by_side(services, None, "light", narrow=False)["hidden"] is True
    shown = page.side_by_side(services, [small.id, large.id, "gone"], "light", narrow=False)
    assert shown["hidden"] is False
    dots = shown["figure"].data[-1]
    nets = [one.manifest["results"]["net_profit"] for one in (large, small)]
    assert list(dots.x) == pytest.approx(nets, rel=1e-3)
    assert list(dots.customdata) == [large.id, small.id]
    told = text_of(shown["table"])
    assert "Against “Large”: Customers contacted, Discount, Budget differ." in told
    assert "Customers contacted 80 50 30 less" in told
    assert "Discount 20 % 15 % 5 points less" in told
    assert "Budget £500 No limit another" in told
    assert "Margin 42 % 42 %" in told
    gap, verdict = abs(nets[1] - nets[0]), "more" if nets[1] > nets[0] else "less"
    assert f"{words.money_short(gap, 'GBP')} {verdict}" in told
    chances = [one.manifest["results"]["probability_of_profit"] for one in (large, small)]
    assert f"{100 * abs(chances[1] - chances[0]):.3g} points" in told


def test_what_differs_is_said_in_words() -> None:
    def column(name: str, **given: Any) -> table.Column:
        results = {"net_profit": 10.0, "break_even": None}
        return table.Column(name, "Everybody", "A", CampaignParams(**given), results, "USD")

    told = text_of(table.comparison([column("A"), column("A")]))
    assert "Asked the same as “A”." in told
    assert "No uplift pays for it" in told
    told = text_of(table.comparison([column("A"), column("B", rank="rfm")]))
    assert "Against “A”: Rank by differs." in told
    assert "Incremental profit RFM score another" in told
    told = text_of(table.comparison([column("A"), column("B", uplift=0.02, uplift_unit=POINTS)]))
    assert "50 % 2 points another" in told


def test_a_scenario_is_deleted_after_a_question(services: Services, shop: CampaignShop) -> None:
    page.save(services, asked(shop), "One")
    found = services.store.scenarios()[0]
    assert page.ask_delete(services, found.id)["about"] == found.id
    assert "“One”" in page.ask_delete(services, found.id)["text"]
    services.store.delete_scenario(found.id)
    with pytest.raises(NotFoundError):
        page.ask_delete(services, found.id)
