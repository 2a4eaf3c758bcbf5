"""One customer from what somebody knows of them: what is not known is worked out or filled in.

The features of a customer hang together (see `data.features`): some are arithmetic of others, others are
bounded by them. Ages of orders are counted as there: an order is in the last 30 days if it is younger.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from data.names import COUNTS, DECAY_DAYS, FEATURES, WINDOWS_DAYS

Values = dict[str, float | None]
Known = Mapping[str, float]

# Those that a customer has who bought on two days at least.
GAPS: Final = ("mean_gap_days", "gap_sd_days", "last_gap_days", "overdue_ratio")


def complete(known: Known, base: Mapping[str, float | None], *, own: bool = False) -> Values:
    """Every feature: those `known`, and the others derived from them or taken from `base` as far as they fit.

    `base` holds what a customer like this one has; with `own` it is a customer of the analysis, whose
    features stay as they are where nothing that they depend on has changed. None: there is no such number
    (a customer who bought on one day has no gap). `known` has passed `data.impossible.problems`.
    """
    if own and not known:
        return {name: base[name] for name in FEATURES}
    return _Filling(known, base, own).all()


@dataclass
class _Filling:
    known: Known
    base: Mapping[str, float | None]
    own: bool

    def all(self) -> Values:
        found: Values = {}
        self._days_and_orders(found)
        self._money(found)
        self._gaps(found)
        self._windows(found)
        self._order_values(found)
        for name in ("units", "unique_products", "peak_season"):
            found[name] = self._given(name, 0.0, 1.0 if name == "peak_season" else math.inf)
        return {name: found[name] for name in FEATURES}

    def _given(self, name: str, low: float, high: float) -> float:
        """What is known, else what `base` has, between the bounds."""
        if name in self.known:
            return self.known[name]
        value = self.base.get(name)
        value = min(max(low if value is None else value, low), high)
        return math.floor(value + 0.5) if name in COUNTS else value

    def _derived(self, name: str, value: float, found: Values, *parents: str) -> float:
        """What is known; a customer's own value where nothing it is made of has changed; else `value`."""
        if name in self.known:
            return self.known[name]
        own = self.base.get(name)
        if self.own and own is not None and all(found[each] == self.base.get(each) for each in parents):
            return own
        return value

    def _days_and_orders(self, found: Values) -> None:
        known = self.known
        none_in = [days for days in WINDOWS_DAYS if known.get(f"orders_{days}") == 0]
        some_in = [days - 1 for days in WINDOWS_DAYS if known.get(f"orders_{days}", 0) > 0]
        recency = self._given(
            "recency_days", max(none_in, default=0), min([*some_in, known.get("tenure_days", math.inf)])
        )
        inside = {
            days: known[f"orders_{days}"] for days in WINDOWS_DAYS if known.get(f"orders_{days}") is not None
        }
        # All orders are inside a window just where the first is.
        told = known.get("frequency")
        earliest = [days for days, count in inside.items() if told is not None and count < told]
        latest = [days - 1 for days, count in inside.items() if count == told]
        tenure = self._given(
            "tenure_days", max([recency, *earliest]), recency if told == 1 else min(latest, default=math.inf)
        )
        least = max(
            [
                1.0,
                known.get("active_days", 1.0),
                *(count + (tenure >= days) for days, count in inside.items()),
            ]
        )
        if "tenure_days" in known and tenure > recency:
            least = max(least, 2.0)
        orders = self._given(
            "frequency",
            least,
            min((count for days, count in inside.items() if tenure < days), default=math.inf),
        )
        if orders == 1:
            recency, tenure = (recency, recency) if "recency_days" in known else (tenure, tenure)
        days = tenure - recency
        active = self._given("active_days", 2.0 if days > 0 else 1.0, min(orders, days + 1))
        found |= {
            "recency_days": recency,
            "frequency": orders,
            "tenure_days": tenure,
            "active_days": active,
        }

    def _money(self, found: Values) -> None:
        orders = found["frequency"] or 1.0
        if "monetary" not in self.known and "mean_order_value" in self.known:
            found["monetary"] = self.known["mean_order_value"] * orders
        else:
            # No order is larger than the largest.
            found["monetary"] = self._given(
                "monetary", -math.inf, self.known.get("largest_order_value", math.inf) * orders
            )
        mean = (found["monetary"] or 0.0) / orders
        found["mean_order_value"] = self._derived("mean_order_value", mean, found, "monetary", "frequency")
        found["returns_share"] = self._given("returns_share", 0.0, math.inf)

    def _gaps(self, found: Values) -> None:
        recency, tenure, active = (
            found[name] or 0.0 for name in ("recency_days", "tenure_days", "active_days")
        )
        found |= dict.fromkeys(GAPS)
        gaps, days = active - 1, tenure - recency
        if gaps < 1:
            return
        mean = self._derived(
            "mean_gap_days", days / gaps, found, "recency_days", "tenure_days", "active_days"
        )
        found["mean_gap_days"] = mean
        if mean > 0:
            ratio = recency / mean
            found["overdue_ratio"] = self._derived(
                "overdue_ratio", ratio, found, "recency_days", "mean_gap_days"
            )
        if self.base.get("last_gap_days") is None and "last_gap_days" not in self.known:
            found["last_gap_days"] = mean
        else:
            shortest = days if gaps == 1 else min(1.0, days)
            found["last_gap_days"] = self._given("last_gap_days", shortest, max(days - (gaps - 1), shortest))
        if gaps >= 2:
            # Gaps that come at random vary as much as they last.
            usual = mean if self.base.get("gap_sd_days") is None else 0.0
            found["gap_sd_days"] = self._given("gap_sd_days", min(usual, days), days)

    def _windows(self, found: Values) -> None:
        recency, tenure, orders = (
            found[name] or 0.0 for name in ("recency_days", "tenure_days", "frequency")
        )
        spent = found["monetary"] or 0.0
        for position, days in enumerate(WINDOWS_DAYS):
            name, shorter, longer = f"orders_{days}", WINDOWS_DAYS[:position], WINDOWS_DAYS[position + 1 :]
            low, high = _orders_in(days, recency, tenure, orders)
            low = max([low, *(self.known.get(f"orders_{each}", 0.0) for each in shorter)])
            high = min([high, *(self.known.get(f"orders_{each}", math.inf) for each in longer)])
            inside = found[name] = self._given(name, min(low, high), high)
            if inside in (0, orders):
                value = self._derived(f"spend_{days}", spent if inside else 0.0, found, name, "monetary")
            else:
                value = self._given(f"spend_{days}", min(spent, 0.0), max(spent, 0.0))
            found[f"spend_{days}"] = value
        trend = 2 * (found["orders_90"] or 0.0) - (found["orders_180"] or 0.0)
        found["trend"] = self._derived("trend", trend, found, "orders_90", "orders_180")
        for days in DECAY_DAYS:
            found[f"decayed_orders_{days}"] = self._given(
                f"decayed_orders_{days}", *_decayed(days, recency, tenure, orders)
            )

    def _order_values(self, found: Values) -> None:
        spent, orders = found["monetary"] or 0.0, found["frequency"] or 1.0
        returned = found["returns_share"] or 0.0
        gross = max(spent / (1 - returned) if returned < 1 else spent, 0.0)
        gross = min(gross, self.known.get("largest_order_value", math.inf) * orders)
        mean = gross / orders
        low, high = (mean, mean) if orders == 1 else (0.0, max(gross, 0.0))
        if "largest_order_value" in self.known:
            high = max(min(high, self.known["largest_order_value"]), low)
        for name in ("first_order_value", "last_order_value"):
            found[name] = self._given(name, low, high)
        known = [mean, found["first_order_value"] or 0.0, found["last_order_value"] or 0.0]
        found["largest_order_value"] = self._given("largest_order_value", max(known), max([gross, *known]))


def _orders_in(days: int, recency: float, tenure: float, orders: float) -> tuple[float, float]:
    """Fewest and most orders younger than `days`, given the ages of the first and of the last."""
    if recency >= days:
        return 0.0, 0.0
    return (orders, orders) if tenure < days else (1.0, max(orders - 1, 1.0))


def _decayed(days: int, recency: float, tenure: float, orders: float) -> tuple[float, float]:
    """Least and greatest sum of exp(-age / days): the orders between the first and the last all old, or all new."""
    # In whole billionths, as they are summed in the features.
    new, old = (math.floor(math.exp(-age / days) * 1e9 + 0.5) / 1e9 for age in (recency, tenure))
    if orders == 1:
        return new, new
    return new + (orders - 1) * old, (orders - 1) * new + old
