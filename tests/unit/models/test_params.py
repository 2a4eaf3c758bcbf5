import json
import subprocess
import sys

import pytest

from data.errors import InputError
from models.params import LIMITS, AnalysisParams


def test_defaults_are_the_documented_ones() -> None:
    params = AnalysisParams()
    assert (params.horizon_days, params.seed, params.folds, params.interval, params.level) == (
        90,
        42,
        5,
        0.8,
        0.5,
    )
    assert json.loads(json.dumps(params.to_dict()))["train_limit"] == 200_000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("horizon_days", 6),
        ("horizon_days", 366),
        ("horizon_days", 90.5),
        ("horizon_days", True),
        ("horizon_days", "90"),
        ("folds", 1),
        ("interval", 1.0),
        ("interval", float("nan")),
        ("level", 0.6),
        ("annual_discount", -0.1),
    ],
)
def test_what_lies_outside_its_limits_is_named(name: str, value: object) -> None:
    with pytest.raises(InputError, match=name):
        AnalysisParams(**{name: value})  # type: ignore[arg-type]  # wrong on purpose


def test_both_ends_of_every_limit_are_allowed() -> None:
    for name, limit in LIMITS.items():
        kind = type(getattr(AnalysisParams(), name))
        for value in (limit.low, limit.high):
            assert getattr(AnalysisParams(**{name: kind(value)}), name) == value


def test_parameters_load_without_the_learners() -> None:
    code = "import sys, models.params; print([m for m in ('sklearn','xgboost','lightgbm','numpy') if m in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
