"""What a campaign did: its treated customers against those left out, with intervals and in money."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.errors import InputError
from models.campaign.doubts import doubts
from models.campaign.effects import Adjustment, Effect, cap, newcombe, sample_ratio, welch
from models.campaign.params import CampaignParams
from models.campaign.trial import Trial, trial_of

Floats = NDArray[np.float64]

WINSORISED: Final = (0.999, 0.99, 0.95)
# Fabijan et al. (2019): a rule strict enough that a hit is a fault, hardly ever chance.
MISMATCH: Final = 0.001
# What the column of spend holds: amounts before the discount was taken off, or what was paid.
LIST: Final = "list"
PAID: Final = "paid"


def read_out(
    frame: pd.DataFrame,
    *,
    control: str,
    params: CampaignParams,
    covariate: str | None = None,
    planned: Mapping[str, float] | None = None,
    spend_is: str = LIST,
) -> dict[str, Any]:
    """Everything a test says, as plain JSON values.

    `frame` has one row a customer: `arm` and `spend`, optionally `customer_id`, `converted` (else: spend above 0),
    `discount` (money given off) and a `covariate` known before the test, best the predicted spend. `control` names
    the arm that got nothing. Of `params` margin, discount, contact cost, fixed cost and redemption count.
    `planned` are the shares of the arms that were planned (else: equal ones). `spend_is` says whether spend
    is at list price, before the discount, or what was paid. Raises `InputError` (see `trial_of`).

    Each comparison holds `conversion` and `spend` (per customer), `totals`, and `profit`, as they are and
    with CUPED where there is a covariate, spend also winsorised. `campaign` holds the profit of all treated.
    """
    if spend_is not in (LIST, PAID):
        raise InputError(f"Spend is at {LIST} price or what was {PAID}, not {spend_is!r}.")
    test = trial_of(frame, control, covariate).in_order()
    adjust = None if test.covariate is None else Adjustment(test.covariate, test.codes)
    money = _money(test, params, paid=spend_is == PAID)
    treated = int((test.codes > 0).sum())
    comparisons = [
        _comparison(test, place, adjust, money, params.fixed_cost * count / treated)
        for place, count in enumerate(test.counts())
        if place > 0
    ]
    ratio = _ratio(test, planned)
    return {
        "control": test.names[0],
        "arms": list(test.names[1:]),
        "customers": len(test.codes),
        "spend_is": spend_is,
        "discounts_known": test.discount is not None,
        "costs": {name: getattr(params, name) for name in ("margin", "discount", "contact_cost", "fixed_cost", "redemption")},
        "sample_ratio": ratio,
        "cuped": None if adjust is None else _cuped(adjust, test.spend, str(covariate)),
        "comparisons": comparisons,
        "campaign": _profit(money, test.codes > 0, test.codes == 0, adjust, params.fixed_cost),
        "cautions": [*doubts(test, ratio, comparisons), *test.notes],
    }  # fmt: skip


def _ratio(test: Trial, planned: Mapping[str, float] | None) -> dict[str, Any]:
    """The sample-ratio check, with `ok`, and whether shares were `planned` or taken as equal."""
    counts = test.counts()
    weights = [1.0] * len(counts)
    if planned is not None:
        unknown = [name for name in test.names if not planned.get(name, 0.0) > 0.0]
        if unknown:
            raise InputError(
                f"No share was planned for the arm {unknown[0]!r}: name the share of every arm, above 0."
            )
        weights = [float(planned[name]) for name in test.names]
    found = sample_ratio(counts, weights)
    expected = dict(zip(test.names, found.pop("expected"), strict=True))
    return {
        "planned": planned is not None,
        "counts": dict(zip(test.names, counts, strict=True)),
        "expected": expected,
        **found,
        "ok": found["p"] >= MISMATCH,
    }


def _cuped(adjust: Adjustment, spend: Floats, covariate: str) -> dict[str, Any]:
    correlation = adjust.correlation(spend)
    return {
        "covariate": covariate,
        "theta": adjust.theta(spend),
        "correlation": correlation,
        "variance_left": 1.0 - correlation**2,
    }


def _money(test: Trial, params: CampaignParams, *, paid: bool) -> dict[str, Floats]:
    """What each customer brought and cost, shape (n,): `list` (spend before the discount), `discount`, `contact`, `profit`.

    Where discounts are not in the file, an arm's share of orders made with one is that of the simulation,
    (r min(p, p') + max(p' - p, 0)) / p', at the conversions p of the control and p' of the arm.
    """
    rates = np.bincount(test.codes, weights=test.converted) / np.bincount(test.codes)
    if test.discount is not None:
        discount = test.discount
        full = test.spend + discount if paid else test.spend
    else:
        off = params.discount * np.array([_redeemed(rates[0], rate, params.redemption) for rate in rates])
        off[0] = 0.0
        full = test.spend / (1.0 - off[test.codes]) if paid else test.spend
        discount = full * off[test.codes]
    contact = np.where(test.codes > 0, params.contact_cost, 0.0)
    return {
        "list": full,
        "margin": params.margin * full,
        "discount": discount,
        "contact": contact,
        "profit": params.margin * full - discount - contact,
    }


def _redeemed(control: float, treated: float, redemption: float) -> float:
    if treated <= 0.0:
        return 0.0
    return (redemption * min(control, treated) + max(treated - control, 0.0)) / treated


def _comparison(
    test: Trial, place: int, adjust: Adjustment | None, money: dict[str, Floats], fixed: float
) -> dict[str, Any]:
    mine, theirs = test.codes == place, test.codes == 0
    count, others = int(mine.sum()), int(theirs.sum())
    bought, bought_there = int(test.converted[mine].sum()), int(test.converted[theirs].sum())
    conversion = newcombe(bought, count, bought_there, others)
    spend = welch(test.spend[mine], test.spend[theirs])
    adjusted = None if adjust is None else adjust(test.spend)
    share = None if adjust is None else adjust(test.converted)
    return {
        "arm": test.names[place],
        "customers": count,
        "control_customers": others,
        "converted": bought,
        "control_converted": bought_there,
        "conversion": {
            "treated": bought / count,
            "control": bought_there / others,
            **conversion.to_dict(),
            "cuped": None if share is None else welch(share[mine], share[theirs]).to_dict(),
        },
        "spend": {
            "treated": float(test.spend[mine].mean()),
            "control": float(test.spend[theirs].mean()),
            **spend.to_dict(),
            "verdict": _verdict(spend),
            "cuped": None if adjusted is None else welch(adjusted[mine], adjusted[theirs]).to_dict(),
            "winsorised": [_winsorised(test.spend, mine, theirs, level) for level in WINSORISED],
        },
        "totals": {
            "incremental_orders": conversion.times(count).to_dict(),
            "incremental_spend": spend.times(count).to_dict(),
        },
        "profit": _profit(money, mine, theirs, adjust, fixed),
    }


def _winsorised(spend: Floats, mine: Any, theirs: Any, level: float) -> dict[str, Any]:
    limit = cap(spend, level)
    capped = spend if limit is None else np.clip(spend, -limit, limit)
    return {
        "level": level,
        "cap": limit,
        "capped": int((capped != spend)[mine | theirs].sum()),
        **welch(capped[mine], capped[theirs]).to_dict(),
    }


def _verdict(effect: Effect) -> str:
    """What the interval says of an effect: "more", "less" or "unclear"."""
    if effect.low is None or effect.high is None:
        return "unclear"
    return "more" if effect.low > 0.0 else "less" if effect.high < 0.0 else "unclear"


def _profit(
    money: dict[str, Floats], mine: Any, theirs: Any, adjust: Adjustment | None, fixed: float
) -> dict[str, Any]:
    """Incremental profit of the treated: `per_customer` before the fixed cost, `total` after it, `roi`, and its parts.

    Margin, discounts, contacts and fixed cost add up to the total.
    """
    count = int(mine.sum())

    def gain(name: str) -> float:
        return count * float(money[name][mine].mean() - money[name][theirs].mean())

    cost = money["discount"] + money["contact"]
    total_cost = gain("discount") + gain("contact") + fixed
    plain = _worth(money["profit"], cost, mine, theirs, fixed, total_cost)
    corrected = None
    if adjust is not None:
        corrected = _worth(adjust(money["profit"]), cost, mine, theirs, fixed, total_cost)
    return {
        "customers": count,
        "incremental_margin": gain("margin"),
        "discounts": gain("discount"),
        "contact_cost": gain("contact"),
        "fixed_cost": fixed,
        "total_cost": total_cost,
        **plain,
        "cuped": corrected,
    }


def _worth(
    profit: Floats, cost: Floats, mine: Any, theirs: Any, fixed: float, total_cost: float
) -> dict[str, Any]:
    count = int(mine.sum())
    each = welch(profit[mine], profit[theirs])
    total = each.times(count, -fixed)
    roi = None
    if total_cost > 0.0:
        # A ratio of two sums; its error is that of their difference at the ratio found (delta method:
        # Deng, Knoblich & Lu 2018, "Applying the delta method in metric analytics", KDD).
        found = total.difference / total_cost
        around = profit - found * cost
        spread = welch(around[mine], around[theirs]).times(count / total_cost)
        low, high = (
            None if end is None else found + end - spread.difference for end in (spread.low, spread.high)
        )
        roi = {"difference": found, "low": low, "high": high}
    return {
        "per_customer": each.to_dict(),
        "total": total.to_dict(),
        "roi": roi,
        "verdict": _verdict(total),
    }
