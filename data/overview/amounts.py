"""Numbers as the overview's file has them: JSON, the same on every machine."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

_CENTS: Final = Decimal("0.0001")
_DECIMALS: Final = 6


def money(amount: Decimal) -> float:
    """An amount to a hundredth of a cent; its text is exact up to a hundred thousand million."""
    return float(amount.quantize(_CENTS)) + 0.0


def share(number: float | Decimal) -> float:
    """A share of one, or a relative change, to a millionth."""
    return round(float(number), _DECIMALS) + 0.0


def relative(now: Decimal | float, before: Decimal | float) -> float | None:
    """The change from `before` to `now`; None where there is nothing above zero to compare with."""
    if before <= 0:
        return None
    return share(Decimal(now) / Decimal(before) - 1)
