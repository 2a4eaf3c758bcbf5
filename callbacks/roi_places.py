"""Where the controls of the ROI page stand for a value, and what their positions cannot say."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from models.campaign.params import LIMITS, RANKS, UNITS, CampaignParams
from pages._ui import ids
from pages._ui.roi_parts import place_of

Params = Mapping[str, Any]
# Parameter -> its slider, its select, its number to type.
SLIDERS: Final = {
    "discount": ids.ROI_DISCOUNT,
    "margin": ids.ROI_MARGIN,
    "uplift": ids.ROI_UPLIFT,
    "uplift_range": ids.ROI_UPLIFT_RANGE,
    "redemption": ids.ROI_REDEMPTION,
    "forecast_error": ids.ROI_FORECAST_ERROR,
}
SELECTS: Final = {"rank": (ids.ROI_RANK, RANKS), "uplift_unit": (ids.ROI_UPLIFT_UNIT, UNITS)}
NUMBERS: Final = {
    "contact_cost": ids.ROI_CONTACT_COST,
    "fixed_cost": ids.ROI_FIXED_COST,
    "budget": ids.ROI_BUDGET,
    "horizon_days": ids.ROI_HORIZON,
    "seed": ids.ROI_SEED,
}
# Ends of its slider in percent.
HOLDOUTS: Final = (5, 90)


def read(name: str, value: Any) -> Any:
    """A number of an address, or the text where it is none (the answer then says so)."""
    if name in SELECTS:
        return str(value)
    try:
        found = float(value)
    except (TypeError, ValueError):
        return str(value)[:40]
    if not math.isfinite(found):
        return str(value)[:40]
    return int(found) if found == round(found) and isinstance(LIMITS[name].low, int) else found


def controls_at(
    values: Params, start: CampaignParams, unit: str, exact: dict[str, list[Any]]
) -> dict[str, Any]:
    """The sliders, selects and numbers; `exact` takes the values that none of their positions says."""
    found: dict[str, Any] = {}
    for name in SLIDERS:
        found |= _slider(name, values.get(name, getattr(start, name)), unit, exact)
    for name, (_, known) in SELECTS.items():
        wished, own = values.get(name, getattr(start, name)), getattr(start, name)
        found[name] = wished if wished in known else own
        if found[name] != wished:
            exact[name] = [own, wished]
    for name in NUMBERS:
        wished = values.get(name, getattr(start, name))
        found[name] = wished if isinstance(wished, int | float) else None
        if found[name] != wished:
            exact[name] = [None, wished]
    return found


def _slider(name: str, wished: Any, unit: str, exact: dict[str, list[Any]]) -> dict[str, Any]:
    number = wished if isinstance(wished, int | float) else LIMITS[name].default
    place = place_of(name, float(number), unit)
    if place.exact or number is not wished:
        exact[name] = [place.value, wished]
    parts = {"value": place.value, "min": place.low, "max": place.high, "step": place.step}
    return {f"{name}_{part}": value for part, value in parts.items()}


def holdout_at(wished: Any, exact: dict[str, list[Any]]) -> float:
    """Where the slider of the group left out stands."""
    low, high = HOLDOUTS
    number = wished if isinstance(wished, int | float) else LIMITS["holdout"].default
    at = min(max(round(100 * number), low), high)
    if at / 100 != wished:
        exact["holdout"] = [at, wished]
    return at


def contacted_at(wished: Any, size: int, exact: dict[str, list[Any]]) -> dict[str, Any]:
    """The number contacted, at most an audience of `size`, on its slider and in its box."""
    number = wished if isinstance(wished, int | float) else 1
    kept = int(min(max(number, 1), max(size, 1)))
    if isinstance(wished, str) or number < 1 or number != round(number):
        exact["contacted"] = [kept, wished]
    return {
        "contacted": kept,
        "contacted_max": max(size, 1),
        "contacted_number": kept,
    }
