"""What every test may use."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from settings import Settings

# Where a landing depends on it, the same examples are tried each time; elsewhere new ones are.
hypothesis_settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    hypothesis_settings.load_profile("ci")

ROOT = Path(__file__).parent.parent
LAPWING = str(Path(sys.executable).parent / "lapwing")


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def lapwing() -> str:
    """The installed command."""
    return LAPWING


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real files; the test that asks for it is skipped where there is none."""
    folder = Settings().real_data
    if not (ROOT / folder).is_dir():
        pytest.skip(f"real data is not at {folder}: set LAPWING_REAL_DATA to its folder")
    return (ROOT / folder).resolve()


@pytest.fixture(autouse=True, scope="session")
def _own_workspace(tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test ever touches the workspace of the person who runs it."""
    os.environ["LAPWING_HOME"] = str(tmp_path_factory.mktemp("home") / "workspace")
