"""What an analysis can be asked to do, with the limits every form and command line reads."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

from data.errors import InputError


@dataclass(frozen=True)
class Limit:
    """Smallest, largest and default value of one parameter, with its meaning in words."""

    low: float
    high: float
    default: float
    text: str


LIMITS: Final[dict[str, Limit]] = {
    "horizon_days": Limit(7, 365, 90, "Days after the cutoff that are predicted"),
    "seed": Limit(0, 2**31 - 1, 42, "Seed of the folds and of every learner"),
    "folds": Limit(2, 10, 5, "Parts the customers are split in; each is scored by models of the others"),
    "threads": Limit(1, 64, 2, "Models fitted side by side; never changes a result"),
    "interval": Limit(0.5, 0.99, 0.8, "Share of customers the spend interval should hold"),
    "train_limit": Limit(1_000, 5_000_000, 200_000, "Most customers a model learns from; all are scored"),
    "level": Limit(
        0.01, 0.5, 0.5, "Largest predicted chance of spending so little (or so much) to be coloured"
    ),
    "annual_discount": Limit(0.0, 1.0, 0.1, "Yearly discount rate of the customer lifetime value"),
}
_WHOLE: Final = ("horizon_days", "seed", "folds", "threads", "train_limit")


@dataclass(frozen=True)
class AnalysisParams:
    """Parameters of one analysis; raises `InputError` when one lies outside its limits."""

    horizon_days: int = int(LIMITS["horizon_days"].default)
    seed: int = int(LIMITS["seed"].default)
    folds: int = int(LIMITS["folds"].default)
    threads: int = int(LIMITS["threads"].default)
    interval: float = LIMITS["interval"].default
    train_limit: int = int(LIMITS["train_limit"].default)
    level: float = LIMITS["level"].default
    annual_discount: float = LIMITS["annual_discount"].default

    def __post_init__(self) -> None:
        for name, limit in LIMITS.items():
            value = getattr(self, name)
            whole = name in _WHOLE
            right_type = isinstance(value, int) if whole else isinstance(value, int | float)
            if isinstance(value, bool) or not right_type:
                raise InputError(f"{name} must be a {'whole ' if whole else ''}number, not {value!r}.")
            if not limit.low <= value <= limit.high:
                raise InputError(f"{name} must be between {limit.low:g} and {limit.high:g}, not {value!r}.")

    def to_dict(self) -> dict[str, Any]:
        """The parameters as plain JSON values."""
        return asdict(self)
