"""What is taken away from the ROI page: the question on screen exactly, safe to open anywhere."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from flask import Flask, Response

from callbacks import roi_downloads as page
from callbacks.roi_exact import Asked
from callbacks.roi_sheet import sheet_of
from callbacks.services import Services
from data.campaign.plans import save_campaign
from data.exports import BOM
from figures import words
from figures.roi_sheet import CAUTIONS, Figure, Row, Sheet, summary_page
from jobs.queue import JobQueue
from models.campaign.params import CampaignParams
from models.campaign.sensitivity import tornado
from models.roi import financials
from settings import Settings
from tests.campaigns import LAST, CampaignShop, campaign_shop
from tests.segmentations import HOSTILE
from tests.spreadsheet import Workbook

IDS = (*HOSTILE, "00123", "1e5")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> CampaignShop:
    return campaign_shop(tmp_path_factory.mktemp("roi") / "home", ids=IDS)


@pytest.fixture(scope="module")
def services(shop: CampaignShop) -> Services:
    home = shop.store.home
    return Services(Settings(home=home, autosample=False), shop.store, JobQueue(home, workers=0))


def fetch(answer: Callable[..., Response], services: Services, *arguments: str, **query: Any) -> Response:
    with Flask("test").test_request_context("/", query_string=query):
        found = answer(services, *arguments)
        # A streamed file is read while the request lasts.
        found.get_data()
        return found


def rows_of(answer: Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert answer.get_data().startswith(BOM)
    return list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))


def test_the_list_is_who_is_contacted(services: Services, shop: CampaignShop) -> None:
    asked = {"audience": "everybody", "contacted": 5000, "rank": "spend"}
    rows = rows_of(fetch(page.contacts, services, "csv", **asked))
    assert len(rows) == len(shop.score)
    assert [int(row["rank"]) for row in rows] == list(range(1, len(rows) + 1))
    spend = [float(row["pred_spend"]) for row in rows]
    assert spend == sorted(spend, reverse=True)
    # One that a spreadsheet would run is made harmless.
    assert {row["customer_id"] for row in rows} == {
        f"'{text}" if text == HOSTILE[2] else text for text in shop.score["customer_id"]
    }
    few = rows_of(fetch(page.contacts, services, "csv", **asked | {"contacted": 30}))
    assert few == rows[:30]


def test_ids_are_text_in_a_workbook(services: Services, shop: CampaignShop) -> None:
    answer = fetch(page.contacts, services, "xlsx", audience="everybody", contacted=5000)
    assert "lapwing-orders-contacts-everybody" in answer.headers["Content-Disposition"]
    sheet = openpyxl.load_workbook(io.BytesIO(answer.get_data())).active
    assert sheet is not None
    ids = [row[0] for row in sheet.iter_rows(min_row=2)]
    assert {cell.value for cell in ids} == set(shop.score["customer_id"])
    assert {cell.data_type for cell in ids} == {"s"}


def test_the_calculation_is_the_answer(services: Services, shop: CampaignShop, tmp_path: Path) -> None:
    given = {
        "audience": "everybody",
        "contacted": 60,
        "discount": 0.1,
        "fixed_cost": 12.5,
        "horizon_days": 30,
    }
    path = tmp_path / "calculation.xlsx"
    path.write_bytes(fetch(page.calculation, services, **given).get_data())
    found = Asked.of(services, {key: str(value) for key, value in given.items()}).answer
    book = Workbook(path)
    results = book.results()
    assert results["Net profit"] == pytest.approx(found.financials.net_profit)
    assert results["ROI: net profit / total cost"] == pytest.approx(found.financials.roi)
    assert results["Customers contacted"] == 60
    book.change("Discount", 0.0)
    free = Asked.of(services, given | {"discount": 0.0, "rank": "profit"})
    people = Asked.of(services, given).book.contacted("everybody", Asked.of(services, given).params)
    assert book.results()["Net profit"] == pytest.approx(financials(people, free.params).net_profit)
    cells = {row[0].value: row[1].value for row in book.book["Summary"].iter_rows()}
    assert cells["Net profit, low end of the 80 % range"] == pytest.approx(found.low)
    assert cells["Probability of profit"] == found.probability_of_profit
    notes = " ".join(str(row[1].value) for row in book.book["Notes"].iter_rows())
    for told in (
        "orders.csv",
        shop.analysis.id,
        "31 Dec 2025",
        "60 of 380",
        "All customers",
        "/roi?analysis=",
    ):
        assert told in notes


def test_the_summary_says_it_all_on_one_page(services: Services) -> None:
    given = {"audience": "everybody", "contacted": 60, "discount": 0.1}
    answer = fetch(page.summary, services, **given)
    assert answer.mimetype == "text/html"
    text = answer.get_data(as_text=True)
    assert "If we give 10 % off to 60 customers, do we make money?" in text
    asked = Asked.of(services, given)
    sheet = sheet_of(asked)
    assert [stat.label for stat in sheet.stats] == [
        "Net profit", "ROI", "Probability of profit", "Break-even uplift", "Cost per incremental order",
    ]  # fmt: skip
    drivers = tornado(asked.book.contacted("everybody", asked.params), asked.params)[:3]
    assert [row.cells[0] for row in sheet.drivers] == [
        words.money_short(each.low_profit, "GBP") for each in drivers
    ]
    assert [row.label for row in sheet.scenarios] == ["Pessimistic", "Expected", "Optimistic"]
    assert text.count("<svg") == 1
    assert "<script" not in text
    assert not re.search(r"""(src|href)=["']""", text)


def test_nothing_on_the_summary_is_markup() -> None:
    bad = "<b>&x</b>"
    sheet = Sheet(
        bad, bad, "bad", bad, [Figure(bad, bad, bad)], "<svg></svg>", bad, [Row(bad, (bad,))], [Row(bad, (bad,))],
        [Row(bad, (bad,))], [bad], [bad] * (CAUTIONS + 3), [Row(bad, (bad,))],
    )  # fmt: skip
    text = summary_page(sheet)
    assert "<svg></svg>" in text
    assert "<b>&x" not in text
    assert text.count("&lt;b&gt;&amp;x&lt;/b&gt;") == 17 + CAUTIONS - 1
    assert "4 more on the simulator" in text


def test_segments_are_a_table(services: Services) -> None:
    rows = rows_of(fetch(page.segments, services, contacted=3, discount=0.2))
    expected = [row for row in rows if row["scenario"] == "expected"]
    frame = services.campaign(services.store.analyses()[0].id).segments(
        CampaignParams(contacted=380, discount=0.2)
    )
    assert len(rows) == len(frame)
    assert sum(int(row["customers"]) for row in expected) == 380
    nets = [float(row["net_profit"]) for row in expected]
    assert nets == sorted(nets, reverse=True)


@pytest.mark.parametrize(
    ("query", "status", "told"),
    [
        ({"analysis": "gone"}, 404, "There is no analysis gone"),
        ({"audience": "list:gone"}, 404, "There is no list gone"),
        ({"audience": "nobody"}, 400, "There is no audience 'nobody'"),
        ({"contacted": "0"}, 400, "Nobody is contacted"),
        ({"discount": "lots"}, 400, "Discount must be a number"),
        ({"discount": ""}, 400, "Discount must be a number"),
        ({"uplift": "1.5"}, 400, "Expected uplift must be between"),
    ],
)
def test_what_makes_no_sense_is_told(
    services: Services, query: dict[str, str], status: int, told: str
) -> None:
    for answer in (
        fetch(page.contacts, services, "csv", **query),
        fetch(page.contacts, services, "xlsx", **query),
        fetch(page.calculation, services, **query),
        fetch(page.summary, services, **query),
    ):
        assert answer.status_code == status
        assert told in answer.get_data(as_text=True)
        assert answer.mimetype == "text/plain"


def test_a_planned_campaign_is_taken_away(services: Services, shop: CampaignShop) -> None:
    book = services.campaign(shop.analysis.id)
    params = CampaignParams(contacted=100, holdout=0.25)
    campaign = save_campaign(services.store, book, "everybody", params, "Spring <b>", LAST)
    rows = rows_of(fetch(page.campaign_file, services, campaign, "csv"))
    assert [row["arm"] for row in rows].count("holdout") == 25
    assert len(rows) == 100
    archive = fetch(page.campaign_file, services, campaign, "zip")
    assert 'filename="lapwing-campaign-spring-b.zip"' in archive.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(archive.get_data())) as found:
        assert found.testzip() is None
        assert found.namelist() == ["audience.csv", "manifest.json"]
        listed, manifest = found.read("audience.csv"), json.loads(found.read("manifest.json"))
    assert listed == fetch(page.campaign_file, services, campaign, "csv").get_data()
    assert manifest["sha256"] == hashlib.sha256(listed).hexdigest()
    assert (manifest["name"], manifest["seed"], manifest["held_out"]) == ("Spring <b>", 42, 25)
    assert manifest["planned_on"] == LAST.isoformat()
    assert "held out" in manifest["rule"]
    assert fetch(page.campaign_file, services, campaign, "zip").get_data() == archive.get_data()
    sheet = openpyxl.load_workbook(
        io.BytesIO(fetch(page.campaign_file, services, campaign, "xlsx").get_data())
    )
    assert sheet["Audience"].max_row == 101
    gone = fetch(page.campaign_file, services, "gone", "zip")
    assert (gone.status_code, gone.get_data(as_text=True)) == (
        404,
        "There is no campaign gone in this workspace.",
    )
