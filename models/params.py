"""What an analysis can be asked to do, with the limits every form and command line reads."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

from data.errors import InputError
from models.candidates import PROPENSITY, SPEND, serving_names


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
    "margin": Limit(0.0, 1.0, 0.3, "Share of net spend that is left after the cost of the goods"),
    "annual_discount": Limit(0.0, 1.0, 0.1, "Yearly discount rate of the customer lifetime value"),
}
_WHOLE: Final = ("horizon_days", "seed", "folds", "threads", "train_limit")


def _plain(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) else f"{value:g}"


@dataclass(frozen=True)
class AnalysisParams:
    """Parameters of one analysis; raises `InputError` when one lies outside its limits.

    `learners` are the candidates for the probability that compete, beside the baselines; `serve` and
    `serve_spend` name the candidate that serves ("": the champion rule decides); `tune` has
    a holdout of the training customers choose learning rates.
    """

    horizon_days: int = int(LIMITS["horizon_days"].default)
    seed: int = int(LIMITS["seed"].default)
    folds: int = int(LIMITS["folds"].default)
    threads: int = int(LIMITS["threads"].default)
    interval: float = LIMITS["interval"].default
    train_limit: int = int(LIMITS["train_limit"].default)
    level: float = LIMITS["level"].default
    margin: float = LIMITS["margin"].default
    annual_discount: float = LIMITS["annual_discount"].default
    tune: bool = True
    learners: tuple[str, ...] = serving_names(PROPENSITY)
    serve: str = ""
    serve_spend: str = ""

    def __post_init__(self) -> None:
        for name, limit in LIMITS.items():
            value = getattr(self, name)
            whole = name in _WHOLE
            right_type = isinstance(value, int) if whole else isinstance(value, int | float)
            if isinstance(value, bool) or not right_type:
                raise InputError(f"{name} must be a {'whole ' if whole else ''}number, not {value!r}.")
            if not limit.low <= value <= limit.high:
                raise InputError(
                    f"{name} must be between {_plain(limit.low)} and {_plain(limit.high)}, not {value!r}."
                )
        if not isinstance(self.tune, bool):
            raise InputError(f"tune must be true or false, not {self.tune!r}.")
        self._check_names()

    def _check_names(self) -> None:
        allowed, spend = serving_names(PROPENSITY), serving_names(SPEND)
        unknown = [name for name in self.learners if name not in allowed]
        if unknown:
            raise InputError(
                f"There is no model {unknown[0]!r} to learn with: choose of {', '.join(allowed)}."
            )
        # JSON has lists; the order of naming says nothing.
        object.__setattr__(self, "learners", tuple(name for name in allowed if name in self.learners))
        if not self.learners:
            raise InputError(f"Choose at least one model to learn with: {', '.join(allowed)}.")
        if self.serve and self.serve not in self.learners:
            raise InputError(f"The model to serve is one of {', '.join(self.learners)}, not {self.serve!r}.")
        if self.serve_spend and self.serve_spend not in spend:
            raise InputError(
                f"The spend model to serve is one of {', '.join(spend)}, not {self.serve_spend!r}."
            )

    def to_dict(self) -> dict[str, Any]:
        """The parameters as plain JSON values."""
        return asdict(self)
