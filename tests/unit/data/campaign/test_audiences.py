"""Audiences in addresses, and the ones there are to choose from."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.campaign import audiences
from data.campaign.audiences import Audience
from data.errors import InputError, NotFoundError
from tests.campaigns import CampaignShop, campaign_shop, make_list
from tests.segmentations import make_segmentation


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> CampaignShop:
    return campaign_shop(tmp_path_factory.mktemp("shop"), 60)


@pytest.mark.parametrize(
    ("text", "audience"),
    [
        ("at_risk", Audience("at_risk")),
        ("red", Audience("red")),
        ("high_value", Audience("high_value")),
        ("everybody", Audience("everybody")),
        ("list:20260101-1", Audience("list", key="20260101-1")),
        ("segment:20260101-1:at_risk", Audience("segment", "20260101-1", "at_risk")),
        # The label of a file may have anything in it.
        ("segment:20260101-1:a:b, <c>", Audience("segment", "20260101-1", "a:b, <c>")),
    ],
)
def test_an_audience_goes_into_an_address_and_back(text: str, audience: Audience) -> None:
    assert Audience.of(text) == audience
    assert audience.text == text


@pytest.mark.parametrize(
    "text", ["", "nobody", "at_risk:1", "list", "list:", "segment", "segment:1", "segment::a", "segment:1:"]
)
def test_what_is_no_audience_is_said(text: str) -> None:
    with pytest.raises(
        InputError, match=r"There is no audience .*: choose at_risk, red, high_value, everybody"
    ):
        Audience.of(text)


def test_a_long_address_is_not_repeated_whole() -> None:
    with pytest.raises(InputError) as caught:
        Audience.of("x" * 100_000)
    assert len(str(caught.value)) < 250


def test_choices_are_grouped_with_the_default_rules_first(shop: CampaignShop) -> None:
    source = {"source_id": shop.analysis.id, "series": shop.dataset.series}
    own = make_segmentation(shop.store, 30, method="hdbscan", **source, default=False, title="Mine")
    clusters = make_segmentation(shop.store, 30, method="kmeans", **source, title="K-Means, 3 segments")
    make_segmentation(shop.store, 30, source_id="another analysis")
    spring = make_list(shop, ["C000001"], "<b>Spring</b>")
    make_list(shop, ["C000001"], "Elsewhere", series="another")

    found = audiences.choices(shop.store, shop.edits, shop.analysis)
    assert list(dict.fromkeys(choice.group for choice in found)) == ["Ready-made", "Segments", "Saved lists"]
    assert [(choice.value, choice.label) for choice in found if choice.group == "Ready-made"] == [
        ("at_risk", "At-risk customers"),
        ("red", "Red customers"),
        ("high_value", "High-value at-risk customers"),
        ("everybody", "Everybody"),
    ]
    segments = [choice for choice in found if choice.group == "Segments"]
    assert list(dict.fromkeys(choice.value.split(":")[1] for choice in segments)) == [
        shop.rules_id,
        clusters,
        own,
    ]
    assert (segments[0].value, segments[0].label) == (
        f"segment:{shop.rules_id}:champions",
        "rules, 5 segments: Champions",
    )
    assert segments[-1].label == "Mine: Outliers"
    assert [(each.value, each.label) for each in found if each.group == "Saved lists"] == [
        (f"list:{spring}", "<b>Spring</b>")
    ]
    assert len({choice.value for choice in found}) == len(found)


def test_segments_of_the_same_title_are_told_apart(tmp_path: Path) -> None:
    shop = campaign_shop(tmp_path, 60)
    source = {"source_id": shop.analysis.id, "series": shop.dataset.series}
    make_segmentation(shop.store, 30, **source, title="rules, 5 segments", default=False)
    labels = [choice.label for choice in audiences.choices(shop.store, shop.edits, shop.analysis)]
    assert "rules, 5 segments: Champions" in labels
    assert "rules, 5 segments (2): Champions" in labels
    assert len(set(labels)) == len(labels)


def test_segments_are_called_as_people_call_them(tmp_path: Path) -> None:
    shop = campaign_shop(tmp_path, 60)
    shop.edits.save_looks(
        shop.dataset.series, "rules", {"champions": {"name": "Stars"}, "lost": {"into": "at_risk"}}
    )
    labels = [choice.label for choice in audiences.choices(shop.store, shop.edits, shop.analysis)]
    assert "rules, 5 segments: Stars" in labels
    assert not [label for label in labels if label.endswith((": Champions", ": Lost"))]
    rules = shop.store.segmentation(shop.rules_id)
    assert audiences.look_of(shop.edits, rules, "lost").name == "At risk"
    with pytest.raises(NotFoundError, match="There is no segment gone in"):
        audiences.look_of(shop.edits, rules, "gone")


def test_a_list_of_other_customers_is_refused(shop: CampaignShop) -> None:
    other = make_list(shop, ["C000001"], "Elsewhere", series="another")
    with pytest.raises(InputError, match="The list Elsewhere is of other customers"):
        audiences.list_of(shop.store, shop.analysis, other)


def test_without_segments_by_rules_there_are_none(tmp_path: Path) -> None:
    shop = campaign_shop(tmp_path, 60)
    assert audiences.default_rules(shop.store, shop.analysis).id == shop.rules_id
    shop.store.delete_segmentation(shop.rules_id)
    assert audiences.default_rules(shop.store, shop.analysis) is None
    assert audiences.currency_of(shop.store, shop.analysis) == "GBP"
