"""The filter of the segment explorer: it checks itself, goes through an address and back, and says what is on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import InputError
from data.segments.filter import Region, SegmentFilter, join_values, split_values
from data.segments.looks import NEW, Look

TEXTS = st.text(st.characters(blacklist_categories=["Cs"]), max_size=12)
COORDINATES = st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
FILTERS = st.builds(
    SegmentFilter,
    segments=st.lists(TEXTS.filter(bool), max_size=4).map(tuple),
    clv=st.sampled_from(["", "top10", "top25", "middle", "bottom25"]),
    churn=st.sampled_from(["", "low", "medium", "high"]),
    where=st.dictionaries(st.sampled_from(["a0", "a1", "a12"]), st.lists(TEXTS, min_size=1, max_size=3)).map(
        lambda found: tuple((key, tuple(values)) for key, values in found.items())
    ),
    search=TEXTS.filter(lambda text: "\x00" not in text),
    region=st.none()
    | st.lists(COORDINATES, min_size=3, max_size=60).map(
        lambda corners: Region("frequency", "a1", tuple(corners))
    ),
    flow=st.none() | st.tuples(TEXTS.filter(bool), TEXTS.filter(bool)),
    at_risk=st.booleans(),
)
LOOKS = (
    Look("champions", "Best <b>ones</b>", 1, (0, 1), "", 10, ("champions", "loyal")),
    Look("lost", "Lost", 11, (2,), "", 5, ("lost",)),
)
ATTRIBUTES = ({"key": "a0", "label": "Country"}, {"key": "a1", "label": "Age"})


@given(FILTERS)
def test_a_filter_survives_its_address(chosen: SegmentFilter) -> None:
    assert SegmentFilter.from_params(chosen.to_params()) == chosen


@given(st.lists(TEXTS, max_size=5))
def test_values_are_joined_and_split_whatever_is_in_them(values: list[str]) -> None:
    assert split_values(join_values(values)) == tuple(values)


def test_what_has_its_default_is_not_in_the_address() -> None:
    assert SegmentFilter().to_params() == {}
    chosen = SegmentFilter(
        segments=("champions", "lost"), clv="top25", churn="high", where=(("a0", ("a,b", "")),)
    )
    assert chosen.to_params() == {
        "segment": "champions,lost",
        "clv": "top25",
        "churn": "high",
        "a0": "\\0,a\\,b",
    }
    other = {"analysis": "x", "view": "sizes", "clv": "top25"}
    assert SegmentFilter.from_params(other) == SegmentFilter(clv="top25")


def test_the_same_choice_is_the_same_filter() -> None:
    first = SegmentFilter(where=(("a1", ("x", "y")), ("a0", ("z",)), ("a2", ())))
    assert first == SegmentFilter(where=(("a0", ("z",)), ("a1", ("y", "x", "x"))))
    assert hash(first) == hash(SegmentFilter(where=(("a0", ("z",)), ("a1", ("y", "x")))))


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"clv": "top5"}, "Lifetime value is filtered by"),
        ({"churn": "some"}, "Churn risk is filtered by"),
        ({"search": "x" * 201}, "at most 200"),
        ({"region": "frequency,monetary,1,2,3,4"}, "3 to 60 corners"),
        ({"region": "frequency,monetary,1,2,3,4,5"}, "pairs"),
        ({"region": "frequency,monetary,1,2,3,4,5,x"}, "numbers"),
        ({"region": "frequency,monetary,1,2,3,4,5,nan"}, "numbers"),
        ({"region": "frequency,monetary,1,2,3,4,5,1e300"}, "numbers"),
        ({"region": "f); DROP TABLE customers;--,monetary,1,2,3,4,5,6"}, "two metrics"),
        ({"region": ",".join(["x", "y", *["1"] * 200])}, "corners"),
        ({"flow": "champions"}, "from one segment to one"),
        ({"a0": ",".join(str(place) for place in range(501))}, "At most 500"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(params: dict[str, str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        SegmentFilter.from_params(params)


def test_only_attributes_of_our_own_are_filtered() -> None:
    with pytest.raises(InputError, match="no attribute"):
        SegmentFilter(where=(("customer_id", ("x",)),))
    assert SegmentFilter.from_params({"a0); DROP TABLE customers;--": "x"}) == SegmentFilter()


def test_a_lasso_of_many_corners_is_thinned() -> None:
    region = Region.lasso("frequency", "monetary", range(1000), range(1000))
    assert len(region.points) <= 60
    assert region.points[0] == (0.0, 0.0)
    assert region.points[-1][0] > 900


def test_chips_say_what_is_on_and_take_it_off_one_by_one() -> None:
    chosen = SegmentFilter(
        segments=("champions", "loyal"),
        clv="top10",
        churn="low",
        where=(("a0", ("France", "")),),
        search="00=1",
        region=Region("frequency", "monetary", ((0, 0), (1, 0), (1, 1))),
        flow=(NEW, "lost"),
        at_risk=True,
    )
    chips = chosen.words(LOOKS, ATTRIBUTES)
    assert [text for _, _, text in chips] == [
        "Segment: Best <b>ones</b>",
        "Segment: Best <b>ones</b>",
        "CLV: Top 10 %",
        "Churn risk: Low (under 30 %)",
        "Country: Not known",
        "Country: France",
        "Search: 00=1",
        "Drawn in the chart: Orders and Spent so far",
        "Moved: Not yet a customer → Lost",
        "High-value at-risk",
    ]
    for place, (param, value, _) in enumerate(chips):
        left = chosen.without(param, value).words(LOOKS, ATTRIBUTES)
        assert left == (*chips[:place], *chips[place + 1 :])
    for param, value, _ in chips:
        chosen = chosen.without(param, value)
    assert chosen == SegmentFilter()
