"""What a campaign can be asked, with the limits every form and command line reads."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Final

from data.errors import InputError
from models.params import Limit

RELATIVE: Final = "relative"
POINTS: Final = "points"
UNITS: Final = {
    RELATIVE: "Percent more likely to buy",
    POINTS: "Percentage points",
}
# By what customers are put in order; the first so many of the order are contacted.
PROFIT: Final = "profit"
PROPENSITY: Final = "propensity"
SPEND: Final = "spend"
VALUE: Final = "clv"
CHURN: Final = "churn"
RFM: Final = "rfm"
RANDOM: Final = "random"
RANKS: Final = {
    PROFIT: "Incremental profit",
    PROPENSITY: "Propensity to buy",
    SPEND: "Predicted spend",
    VALUE: "Lifetime value",
    CHURN: "Churn risk",
    RFM: "RFM score",
    RANDOM: "At random",
}
# Shares are fractions of one; money is in account currency.
LIMITS: Final[dict[str, Limit]] = {
    "contacted": Limit(1, 1_000_000_000, 500, "Customers contacted, the best of the order first"),
    "discount": Limit(0.0, 0.9, 0.15, "Share of the order value that is given off"),
    "contact_cost": Limit(0.0, 1e6, 0.10, "Cost of contacting one customer"),
    "fixed_cost": Limit(0.0, 1e12, 0.0, "Cost of the campaign whatever its size"),
    "margin": Limit(0.0, 1.0, 0.3, "Share of net spend that is left after the cost of the goods"),
    "uplift": Limit(
        -1.0,
        1.0,
        0.5,
        "How much likelier a customer is to buy with the offer: of their probability, or in points",
    ),
    "uplift_range": Limit(
        0.0, 2.0, 0.4, "The uplift lies within this much of the expected one with 80 % probability"
    ),
    "redemption": Limit(
        0.0, 1.0, 0.4, "Share of the orders that would have come anyway which use the discount too"
    ),
    "budget": Limit(
        0.0, 1e12, 0.0, "Most that contacts, fixed cost and discounts may cost together (0: no limit)"
    ),
    "horizon_days": Limit(7, 365, 90, "Days after the contact in which purchases count"),
    "forecast_error": Limit(
        0.0, 1.0, 0.15, "Standard deviation of the level of spend around the forecast, as a share of it"
    ),
    "holdout": Limit(0.01, 0.9, 0.2, "Share of the audience that is left out at random, to compare with"),
    "draws": Limit(100, 20_000, 2000, "Possible outcomes that are drawn"),
    "seed": Limit(0, 2**31 - 1, 42, "Seed of everything random"),
}
# Beyond it a number is told by its size, not by its digits.
_READABLE: Final = 1e15
_WHOLE: Final = ("contacted", "horizon_days", "draws", "seed")
_SHARES: Final = (
    "discount", "margin", "uplift", "uplift_range", "redemption", "forecast_error", "holdout",
)  # fmt: skip
WORDS: Final = {
    "contacted": "Customers contacted",
    "rank": "Rank by",
    "discount": "Discount",
    "contact_cost": "Cost per contact",
    "fixed_cost": "Fixed cost",
    "margin": "Margin",
    "uplift": "Expected uplift",
    "uplift_unit": "Uplift in",
    "uplift_range": "Uplift range",
    "redemption": "Redemption among those who would have bought anyway",
    "budget": "Budget",
    "horizon_days": "Horizon",
    "forecast_error": "Forecast error",
    "holdout": "Holdout",
    "draws": "Draws",
    "seed": "Seed",
}


@dataclass(frozen=True)
class CampaignParams:
    """Parameters of one campaign; raises `InputError` in words when one lies outside its limits.

    The uplift is relative (0.5: half again as likely to buy) or in points (0.02: two purchases more among a
    hundred customers).
    """

    contacted: int = int(LIMITS["contacted"].default)
    rank: str = PROFIT
    discount: float = LIMITS["discount"].default
    contact_cost: float = LIMITS["contact_cost"].default
    fixed_cost: float = LIMITS["fixed_cost"].default
    margin: float = LIMITS["margin"].default
    uplift: float = LIMITS["uplift"].default
    uplift_unit: str = RELATIVE
    uplift_range: float = LIMITS["uplift_range"].default
    redemption: float = LIMITS["redemption"].default
    budget: float = LIMITS["budget"].default
    horizon_days: int = int(LIMITS["horizon_days"].default)
    forecast_error: float = LIMITS["forecast_error"].default
    holdout: float = LIMITS["holdout"].default
    draws: int = int(LIMITS["draws"].default)
    seed: int = int(LIMITS["seed"].default)

    def __post_init__(self) -> None:
        for name, limit in LIMITS.items():
            self._check(name, limit, getattr(self, name))
        if self.rank not in RANKS:
            raise InputError(f"Customers are ranked by {', '.join(RANKS)}, not {self.rank!r}.")
        if self.uplift_unit not in UNITS:
            raise InputError(f"The uplift is {RELATIVE} or in {POINTS}, not {self.uplift_unit!r}.")

    @staticmethod
    def _check(name: str, limit: Limit, value: Any) -> None:
        whole, word = name in _WHOLE, WORDS[name]
        right = isinstance(value, int) if whole else isinstance(value, int | float)
        if isinstance(value, bool) or not right or not math.isfinite(value):
            raise InputError(f"{word} must be a {'whole ' if whole else ''}number, not {value!r}.")
        if name == "contacted" and value < limit.low:
            raise InputError("Nobody is contacted: choose at least one customer.")
        if not limit.low <= value <= limit.high:
            raise InputError(
                f"{word} must be between {_said(name, limit.low)} and {_said(name, limit.high)}, not {_said(name, value)}."
            )

    @property
    def caution(self) -> str:
        """What is odd about these parameters together, in a sentence; "" for nothing."""
        if self.discount >= self.margin:
            return (
                f"A discount of {_said('discount', self.discount)} takes all of the margin of"
                f" {_said('margin', self.margin)}: every order made with it loses money, whatever the uplift."
            )
        return ""

    def to_dict(self) -> dict[str, Any]:
        """The parameters as plain JSON values."""
        return asdict(self)

    def to_params(self, start: CampaignParams) -> dict[str, str]:
        """What differs from `start`, as texts for an address."""
        mine, theirs = asdict(self), asdict(start)
        return {
            name: f"{value:.10g}" if isinstance(value, float) else str(value)
            for name, value in mine.items()
            if value != theirs[name]
        }

    @classmethod
    def from_params(cls, given: Mapping[str, Any], start: CampaignParams) -> CampaignParams:
        """`start` with what an address, a form or a saved scenario says otherwise.

        Names that are not parameters are passed over; InputError for a value that makes no sense.
        """
        changed: dict[str, Any] = {}
        for item in fields(cls):
            value = given.get(item.name)
            if value is None or value == "":
                continue
            changed[item.name] = value if item.name in ("rank", "uplift_unit") else _number(item.name, value)
        return replace(start, **changed)


def _number(name: str, value: Any) -> float | int:
    try:
        found = float(value)
    except (TypeError, ValueError):
        raise InputError(f"{WORDS[name]} must be a number, not {str(value)[:40]!r}.") from None
    if name not in _WHOLE:
        return found
    if not math.isfinite(found) or found != round(found):
        raise InputError(f"{WORDS[name]} must be a whole number, not {str(value)[:40]!r}.")
    return int(found)


def _said(name: str, value: float) -> str:
    if name in _SHARES:
        return f"{100 * value:.10g} %"
    return f"{value:,.0f}" if value == round(value) and abs(value) < _READABLE else f"{value:g}"
