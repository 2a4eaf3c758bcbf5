"""The settings of an analysis on the command line: the same for both commands, refused in one line."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import typer

import cli
from data.errors import InputError
from models.params import LIMITS, AnalysisParams
from tests.command import run

SETTINGS = ("cutoff", "horizon", "margin", "models", "tune", "seed")


def options(command: str) -> dict[str, Any]:
    group: Any = typer.main.get_command(cli.app)
    return {parameter.name: parameter for parameter in group.commands[command].params}


@pytest.mark.parametrize("command", ["analyse", "run"])
def test_both_commands_take_every_setting_with_its_default(command: str) -> None:
    found = options(command)
    assert set(SETTINGS) <= set(found)
    assert found["margin"].default == LIMITS["margin"].default
    assert found["horizon"].default == LIMITS["horizon_days"].default
    assert found["tune"].default is True
    assert found["tune"].secondary_opts == ["--no-tune"]
    for name in AnalysisParams().learners:
        assert name in found["models"].help


def test_what_is_told_becomes_the_parameters() -> None:
    assert cli._analysis_settings() == (AnalysisParams(), None)
    asked = cli._analysis_settings("2025-09-30", 30, 0.45, " lightgbm, mbg_nbd", False, 7)
    assert asked.cutoff == dt.date(2025, 9, 30)
    assert asked.params == AnalysisParams(
        horizon_days=30, margin=0.45, learners=("mbg_nbd", "lightgbm"), tune=False, seed=7
    )
    for wrong in ({"models": "oracle"}, {"models": ","}, {"margin": 1.5}, {"cutoff": "soon"}, {"horizon": 3}):
        with pytest.raises(InputError):
            cli._analysis_settings(**wrong)


@pytest.mark.parametrize("command", ["analyse", "run"])
def test_an_unknown_model_ends_with_the_choices_in_one_line(
    command: str, lapwing: str, tmp_path: Path
) -> None:
    file = tmp_path / "x.csv"
    file.write_text("a,b\n1,2\n")
    arguments = [str(file), "--out", str(tmp_path / "out")] if command == "run" else []
    done = run(lapwing, command, *arguments, "--models", "logistic,oracle", home=tmp_path / "home")
    assert done.code == 2
    assert done.err == (
        "lapwing: There is no model 'oracle' to learn with: choose of"
        f" {', '.join(AnalysisParams().learners)}.\n"
    )
    assert not (tmp_path / "out").exists()


def test_every_setting_and_every_model_is_documented(root: Path) -> None:
    text = (root / "docs" / "analysis.md").read_text(encoding="utf-8")
    for name in SETTINGS:
        assert f"`--{name}`" in text, name
    for name in AnalysisParams().learners:
        assert f"`{name}`" in text, name
    for name, shown in (("horizon_days", "7 to 365 | 90"), ("margin", "30 % (`0.3`)"), ("seed", "| 42 |")):
        assert shown in text, name
    assert (LIMITS["horizon_days"].low, LIMITS["horizon_days"].high) == (7, 365)
