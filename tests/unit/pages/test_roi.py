from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dash
import pytest
from dash.development.base_component import Component

from app import create_app
from models.campaign.params import LIMITS, WORDS
from pages._ui import roi_parts as parts
from settings import Settings
from tests.layouts import text_of


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Component]:
    """The layout of the page, which only an app can have."""
    create_app(Settings(home=tmp_path_factory.mktemp("roi") / "home", autosample=False))
    page = next(page for page in dash.page_registry.values() if page["path"] == "/roi")
    assert callable(page["layout"])
    return page["layout"]


def every(component: Any) -> list[Component]:
    """The components of a layout."""
    if isinstance(component, list | tuple):
        return [found for child in component for found in every(child)]
    if not isinstance(component, Component):
        return []
    return [component, *every(getattr(component, "children", None))]


def names_of(found: list[Component]) -> list[str]:
    """Labels, names said to screen readers and titles."""
    labels = [text_of(part) for part in found if type(part).__name__ == "Label"]
    return labels + [str(getattr(part, "aria-label")) for part in found if getattr(part, "aria-label", None)]


def test_each_control_is_found_by_its_name_alone(layout: Callable[..., Component]) -> None:
    names = names_of(every(layout()))
    wanted = ["Audience", *(WORDS[name] for name in WORDS if name not in ("draws", "holdout"))]
    assert len(wanted) == 15
    for word in wanted:
        assert [name for name in names if word.lower() in name.lower()] == [word], word


@pytest.mark.parametrize(("tab", "open_tab"), [(None, "depth"), ("proof", "proof"), ("nowhere", "depth")])
def test_the_address_opens_a_tab(layout: Callable[..., Component], tab: str | None, open_tab: str) -> None:
    found = every(layout(tab, discount="0.3"))
    panels = {
        str(part.id).replace("roi-panel-", ""): part.hidden
        for part in found
        if getattr(part, "role", "") == "tabpanel"
    }
    assert list(panels) == list(parts.VIEWS)
    assert [name for name, hidden in panels.items() if not hidden] == [open_tab]
    stores = {
        part.id: part.data for part in found if type(part).__name__ == "Store" and hasattr(part, "data")
    }
    assert stores["roi-start"] == {"discount": "0.3"}


@pytest.mark.parametrize(
    ("name", "value", "unit", "place"),
    [
        ("discount", 0.15, "relative", (15, 0, 60, 1, False)),
        ("discount", 0.155, "relative", (16, 0, 60, 1, True)),
        ("discount", 0.75, "relative", (75, 0, 75, 1, False)),
        ("discount", 5.0, "relative", (90, 0, 90, 1, True)),
        ("uplift", -0.25, "relative", (-25, -25, 100, 1, False)),
        ("uplift", 0.037, "points", (3.7, 0, 20, 0.1, False)),
        ("uplift", 0.5, "points", (50, 0, 50, 0.1, False)),
    ],
)
def test_a_slider_stands_where_its_value_is(
    name: str, value: float, unit: str, place: tuple[Any, ...]
) -> None:
    found = parts.place_of(name, value, unit)
    assert (found.value, found.low, found.high, found.step, found.exact) == pytest.approx(place)


def test_sliders_lie_inside_the_limits() -> None:
    for name, scale in parts.SCALES.items():
        assert 100 * LIMITS[name].low <= scale.low <= 100 * LIMITS[name].default <= scale.high
        assert scale.high <= 100 * LIMITS[name].high


def sentence(*given: Any) -> str:
    def flat(part: Any) -> str:
        if isinstance(part, list):
            return "".join(map(flat, part))
        return flat(part.children) if isinstance(part, Component) else str(part)

    return flat(parts.question(*given))


def test_the_question_is_a_sentence() -> None:
    assert (
        sentence(0.15, 500, "at-risk customers")
        == "If we give 15 % off to 500 at-risk customers, do we make money?"
    )
    assert sentence(0.125, 1, "red customers") == "If we give 12.5 % off to 1 red customer, do we make money?"
    assert (
        sentence(0, 1200, "customers") == "If we contact 1,200 customers with nothing off, do we make money?"
    )


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.41749, "relative", "+41.7 %"),
        (0.02, "points", "+2 points"),
        (0, "relative", "0 %"),
        (-0.05, "relative", "-5 %"),
    ],
)
def test_an_uplift_is_said_no_finer_than_it_is_known(value: float, unit: str, text: str) -> None:
    assert parts.uplift(value, unit) == text
