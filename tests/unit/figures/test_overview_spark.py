"""The sparkline as a CSS image."""

from __future__ import annotations

import re
from urllib.parse import unquote
from xml.etree import ElementTree

from figures.overview import spark_mask
from figures.overview_spark import EDGE, HEIGHT, WIDTH


def paths(image: str) -> list[ElementTree.Element]:
    """The paths of a CSS image."""
    found = re.fullmatch(r'url\("data:image/svg\+xml,([^"<>#]*)"\)', image)
    assert found is not None
    return list(ElementTree.fromstring(unquote(found[1])))


def points(path: ElementTree.Element) -> list[tuple[float, float]]:
    text = path.attrib["d"]
    return [(float(x), float(y)) for x, y in re.findall(r"[ML](\S+) ([\d.]+)", text)]


def test_a_line_leads_through_all_values_and_ends_in_a_dot() -> None:
    area, line, dot = paths(spark_mask([["2026-01-01", 10], ["2026-01-02", 20], ["2026-01-03", 15]]))
    top, bottom, middle = EDGE, HEIGHT - EDGE, HEIGHT / 2
    left, centre, right = EDGE, WIDTH / 2, WIDTH - EDGE
    assert points(line) == [(left, bottom), (centre, top), (right, middle)]
    assert points(area) == points(line)
    assert area.attrib["d"].endswith(f"V{HEIGHT}H{EDGE}Z")
    assert float(area.attrib["fill-opacity"]) < 0.3
    assert points(dot) == [(right, middle)]
    # Cards are of any width: the line stays as thick as it is.
    assert all(path.attrib["vector-effect"] == "non-scaling-stroke" for path in (line, dot))


def test_missing_values_are_left_out_at_their_place() -> None:
    _, line, _ = paths(spark_mask([["a", 1], ["b", None], ["c", 2], ["d", float("nan")], ["e", 3]]))
    assert [x for x, _ in points(line)] == [EDGE, WIDTH / 2, WIDTH - EDGE]


def test_what_does_not_change_is_level() -> None:
    _, line, _ = paths(spark_mask([["a", 5], ["b", 5]]))
    assert points(line) == [(EDGE, HEIGHT / 2), (WIDTH - EDGE, HEIGHT / 2)]


def test_one_value_is_a_dot_and_none_is_nothing() -> None:
    (dot,) = paths(spark_mask([["a", 5]]))
    assert points(dot) == [(WIDTH - EDGE, HEIGHT / 2)]
    assert paths(spark_mask([])) == []
