"""Can it be proved? What a test of the contacted customers against a holdout of them can and cannot find."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from data.errors import InputError
from models.campaign.arms import held_out
from models.campaign.customers import Customers
from models.campaign.params import CampaignParams
from models.campaign.spread import CONVERSION, POWER, PROFIT, SPEND, Spread, spreads
from models.roi import incremental

MEASURES: Final = {
    CONVERSION: "Customers who buy",
    SPEND: "Spend per customer",
    PROFIT: "Profit per customer, fixed cost aside",
}
# Below this many expected buyers in a group the normal approximation says little.
FEW_BUYERS: Final = 10.0
_SHARES: Final = np.arange(1, 91) / 100.0


@dataclass(frozen=True)
class Detection:
    """What the test finds of one outcome; differences are treated less held out, per customer.

    Conversion is a share of one, all else account currency; `level` is that of the held out. `needed` is how many to
    hold out for 80 % power at the `expected` difference (None: no split does it), `customers_needed` how many
    customers that takes with an even split. Keys ending in `_cuped` are corrected with predicted spend.
    """

    key: str
    label: str
    level: float
    expected: float
    smallest: float
    smallest_cuped: float
    power: float
    power_cuped: float
    best_smallest_cuped: float
    needed: int | None
    needed_cuped: int | None
    customers_needed: int | None
    customers_needed_cuped: int | None


@dataclass(frozen=True)
class Curve:
    """The smallest difference found, and the power at the expected one, by holdout share, shapes (k,)."""

    shares: tuple[float, ...]
    smallest: tuple[float, ...]
    smallest_cuped: tuple[float, ...]
    power: tuple[float, ...]
    power_cuped: tuple[float, ...]


@dataclass(frozen=True)
class Proof:
    """A planned test: sizes, what it finds of each outcome, and what leaving customers out costs.

    `holdout_cost` is the expected profit forgone (0 where none is expected); `explained` the share of the variance of
    spend that predicted spend explains, which CUPED takes away.
    """

    customers: int
    treated: int
    held_out: int
    share: float
    measures: Mapping[str, Detection]
    curves: Mapping[str, Curve]
    holdout_cost: float
    explained: float
    cautions: tuple[str, ...]

    @property
    def verdict(self) -> str:
        """Whether it can be proved, in a sentence or two, with plain numbers."""
        return self.verdict_in(lambda value: f"{value:,.2f}")

    def verdict_in(self, money: Callable[[float], str]) -> str:
        """The verdict with amounts as `money` writes them."""
        one = self.measures[PROFIT]
        if one.customers_needed_cuped is None:
            return "No difference in profit is expected, so no test can show one." + self._instead()
        earned = "expected" if one.expected > 0 else "the expected loss"
        at_all = f"{money(abs(one.expected))} is {earned}"
        finds = f"{money(one.smallest_cuped)} of profit per customer"
        sizes = f"{self.treated:,} contacted and {self.held_out:,} held out"
        if one.power_cuped >= POWER:
            return f"This can be measured: with {sizes}, a test finds a difference of {finds}, and {at_all}."
        if one.needed_cuped is not None:
            return (
                f"Not with this holdout: with {sizes}, a test finds a difference of {finds} or more, and {at_all}. Hold out"
                f" {one.needed_cuped:,} ({one.needed_cuped / self.customers:.0%}) instead."
            )
        return (
            f"The profit cannot be measured with {self.customers:,} customers: even the best split finds no difference"
            f" below {money(one.best_smallest_cuped)} per customer, and {at_all}. It would take about"
            f" {_about(one.customers_needed_cuped)} such customers, half of them held out.{self._instead()}"
        )

    def _instead(self) -> str:
        """What can be measured where the profit cannot."""
        names = {CONVERSION: "whether more of them buy", SPEND: "whether they spend more"}
        can = [text for key, text in names.items() if self.measures[key].power_cuped >= POWER]
        return f" But {' and '.join(can)} can be measured." if can else ""

    def to_dict(self) -> dict[str, Any]:
        """The plan as plain JSON values."""
        return asdict(self) | {"verdict": self.verdict}


def plan(customers: Customers, params: CampaignParams) -> Proof:
    """Plan a test of these contacted customers, of whom the share `params.holdout` is left out at random.

    Raises `InputError` where there are fewer than two.
    """
    count = len(customers)
    if count == 0:
        raise InputError("There is nobody to test the campaign on: choose another audience.")
    held = held_out(count, params.holdout)
    found = spreads(customers, params)
    gain = float(incremental(customers, params).mean())
    return Proof(
        customers=count,
        treated=count - held,
        held_out=held,
        share=held / count,
        measures={key: _detection(key, one, count, held) for key, one in found.items()},
        curves={key: _curve(one, count) for key, one in found.items()},
        holdout_cost=held * max(gain, 0.0),
        explained=_explained(found[SPEND]),
        cautions=tuple(_cautions(found[CONVERSION], count, held)),
    )


def _detection(key: str, spread: Spread, customers: int, held: int) -> Detection:
    return Detection(
        key=key,
        label=MEASURES[key],
        level=spread.level,
        expected=spread.expected,
        smallest=spread.smallest(customers, held, cuped=False),
        smallest_cuped=spread.smallest(customers, held, cuped=True),
        power=spread.power(customers, held, cuped=False),
        power_cuped=spread.power(customers, held, cuped=True),
        best_smallest_cuped=spread.smallest(customers, spread.best(customers, cuped=True), cuped=True),
        needed=spread.needed(customers, cuped=False),
        needed_cuped=spread.needed(customers, cuped=True),
        customers_needed=spread.customers_needed(cuped=False),
        customers_needed_cuped=spread.customers_needed(cuped=True),
    )


def _curve(spread: Spread, customers: int) -> Curve:
    sizes = sorted({held_out(customers, float(share)) for share in _SHARES})
    return Curve(
        tuple(held / customers for held in sizes),
        tuple(spread.smallest(customers, held, cuped=False) for held in sizes),
        tuple(spread.smallest(customers, held, cuped=True) for held in sizes),
        tuple(spread.power(customers, held, cuped=False) for held in sizes),
        tuple(spread.power(customers, held, cuped=True) for held in sizes),
    )


def _explained(spread: Spread) -> float:
    total = spread.within[0] + spread.between[0]
    if total <= 0.0 or spread.covariate <= 0.0:
        return 0.0
    return spread.along[0] ** 2 / spread.covariate / total


def _about(count: int) -> str:
    """A number of customers to two digits, rounded up."""
    step = 10 ** max(len(str(count)) - 2, 0)
    return f"{-(-count // step) * step:,}"


def _cautions(conversion: Spread, customers: int, held: int) -> list[str]:
    bought = {
        "held out": held * conversion.level,
        "contacted": (customers - held) * (conversion.level + conversion.expected),
    }
    return [
        f"Of those {who} only about {count:.1f} are expected to buy: with so few, a test says little whatever is"
        " worked out here."
        for who, count in bought.items()
        if count < FEW_BUYERS
    ]
