"""The shape of the house: what belongs together is complete, what is promised is written down."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from callbacks import CALLBACK_MODULES
from settings import Settings

HEAVY = ("sklearn", "xgboost", "lightgbm", "scipy.optimize", "skops")


def modules(root: Path, package: str) -> set[str]:
    return {path.stem for path in (root / package).glob("*.py") if not path.stem.startswith("_")}


def test_a_page_has_its_callbacks_and_its_place_in_the_registry(root: Path) -> None:
    # The page for addresses that lead nowhere does nothing.
    pages = modules(root, "pages") - {"not_found_404"}
    assert pages == {"overview", "data", "segments", "propensity", "performance", "predict", "roi"}
    missing = {f"callbacks/{page}.py" for page in pages - modules(root, "callbacks")}
    assert not missing, f"add {missing}"
    assert pages <= set(CALLBACK_MODULES), "add the page to CALLBACK_MODULES"


def test_every_setting_is_documented(root: Path) -> None:
    text = (root / "docs" / "settings.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"`(LAPWING_[A-Z_]+)`", text))
    assert documented == {f"LAPWING_{name.upper()}" for name in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert field.description in text, name


def test_the_web_process_loads_no_learner(root: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from app import create_app; from settings import Settings; from pathlib import Path;"
        f" app = create_app(Settings(home=Path({str(tmp_path / 'home')!r}), autosample=False));"
        " assert app.server.test_client().get('/').status_code == 200;"
        f" print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_lock_has_hashes_and_no_addresses(root: Path) -> None:
    lock = (root / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    pins = re.findall(r"^[a-z0-9-]+==", lock, flags=re.MULTILINE)
    assert len(pins) > 50
    assert lock.count("--hash=sha256:") >= len(pins)


def test_no_pickle_is_read_anywhere(root: Path) -> None:
    packages = ("data", "models", "jobs", "figures", "callbacks", "pages")
    files = [path for package in packages for path in (root / package).rglob("*.py")] + [
        root / "app.py",
        *root.glob("cli*.py"),
    ]
    wrong = [
        f"{path.relative_to(root)}: {line.strip()}"
        for path in files
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.match(r"\s*(import|from) (pickle|joblib|cloudpickle|dill|shelve)\b", line)
    ]
    assert wrong == []
