"""One customer scored by a saved model, in a short-lived process with limits: no learner is loaded by the web server."""

from __future__ import annotations

import faulthandler
import json
import logging
import math
import os
import subprocess
import sys
import threading
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from data.errors import InputError, LapwingError
from data.limits import end_with, limit
from data.names import CUSTOMER_ID, FEATURES, NEXT_WINDOW_COLUMNS, REASON_COLUMNS
from data.store import Store

if TYPE_CHECKING:
    import pandas as pd

    from jobs.divisions import Division

ROOT: Final = Path(__file__).resolve().parent.parent
MEMORY_MB: Final = 4096
SECONDS: Final = 30.0
# So many at a time, and so long does the next one wait: each takes a processor for a moment.
_AT_A_TIME: Final = 2
_PATIENCE: Final = 15.0
_STDERR_TAIL: Final = 2000
_turns = threading.BoundedSemaphore(_AT_A_TIME)
_log = logging.getLogger(__name__)

Features = Mapping[str, float | None]


@dataclass(frozen=True)
class Place:
    """Where a customer belongs in one division of the customers of an analysis.

    `near` holds (name, distance) of its segments, the nearest first; `scores` are those of recency,
    frequency and money, 1 to 5, where they are known.
    """

    segmentation_id: str
    kind: str
    key: str
    name: str
    colour: int
    scores: tuple[int, ...] = ()
    near: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class OneScore:
    """What a model says of one customer: NEXT_WINDOW_COLUMNS and REASON_COLUMNS by name, and their segments.

    `outside` names the features in which the model has seen nobody like them.
    """

    values: dict[str, Any]
    outside: tuple[str, ...]
    places: tuple[Place, ...]


def score_one(
    home: Path, analysis_id: str, features: Features, *, memory_mb: int = MEMORY_MB, seconds: float = SECONDS
) -> OneScore:
    """Score a customer described by FEATURES (None: no such number) with the model of an analysis.

    Raises InputError with a sentence where the model cannot be used, or where it takes more memory or time
    than allowed.
    """
    request: dict[str, Any] = {"home": str(home), "analysis_id": analysis_id, "features": dict(features)}
    request |= {"memory": memory_mb << 20, "processor": math.ceil(seconds) + 1}
    if not _turns.acquire(timeout=min(_PATIENCE, seconds)):
        raise InputError("Other customers are being scored just now. Try again in a few seconds.")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "jobs.one", str(os.getpid())],
            input=json.dumps(request).encode() + b"\n",
            capture_output=True,
            timeout=seconds,
            cwd=ROOT,
            env=_environment(),
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise InputError(
            f"Scoring took more than {seconds:,.0f} seconds and was stopped. The machine may be busy: try again."
        ) from None
    finally:
        _turns.release()
    return _outcome(done)


def _environment() -> dict[str, str]:
    path = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    # One row keeps one thread busy; starting more takes longer than the work.
    single = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return os.environ | single | {"PYTHONPATH": os.pathsep.join(path)}


def _outcome(done: subprocess.CompletedProcess[bytes]) -> OneScore:
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        answer = {}
    match answer:
        case {"values": values, "outside": outside, "places": places}:
            return OneScore(values, tuple(outside), tuple(map(_place, places)))
        case {"error": text}:
            raise InputError(text)
    said = done.stderr.decode("utf-8", "replace")[-_STDERR_TAIL:]
    _log.error("Scoring one customer ended with %s:\n%s", done.returncode, said)
    raise InputError(
        "This customer could not be scored: the model could not be run. The details are in the log."
    )


def _place(given: dict[str, Any]) -> Place:
    near = tuple((str(name), float(distance)) for name, distance in given["near"])
    return Place(**{**given, "scores": tuple(given["scores"]), "near": near})


# In the process of its own


def describe(store: Store, analysis_id: str, features: Features) -> OneScore:
    """The answer of `score_one`, worked out in this process."""
    import pandas as pd

    from jobs.divisions import divisions_of_analysis
    from jobs.scoring import model_of_analysis
    from models import scoring

    model = model_of_analysis(store, store.analysis(analysis_id))
    # What is None comes to be a missing number.
    frame = pd.DataFrame([features], columns=[*FEATURES], dtype="float64")
    frame.insert(0, CUSTOMER_ID, "-")
    scored = model.served.score(frame).iloc[0]
    values = {name: scored[name] for name in (*NEXT_WINDOW_COLUMNS[1:], *REASON_COLUMNS)}
    plain = {name: value if isinstance(value, str) else float(value) for name, value in values.items()}
    found = scoring.outside(frame, model.served.range, model.horizon_days)
    places = []
    for kind, division in divisions_of_analysis(store, analysis_id).found.items():
        # A segmentation by more than features (a country, say) cannot tell where this customer belongs.
        with suppress(InputError):
            places.append(_belongs(kind, division, frame))
    return OneScore(plain, tuple(found.features), tuple(filter(None, places)))


def _belongs(kind: str, division: Division, frame: pd.DataFrame) -> Place | None:
    """Where the one customer of `frame` belongs; None for a segment that is not there any more."""
    look = division.look(int(division.segmenter.assign(frame)[0]))
    if look is None or division.id is None:
        return None
    scores = division.segmenter.scores(frame)
    near: dict[str, float] = {}
    apart = division.segmenter.nearest(frame)
    for code, distance in zip(apart["code"].tolist(), apart["distance"].tolist(), strict=True):
        # Of segments that people have merged, the nearest counts.
        if other := division.look(code):
            near.setdefault(other.name, distance)
    return Place(
        division.id,
        kind,
        look.key,
        look.name,
        look.colour,
        () if scores is None else tuple(int(score) for score in scores[0]),
        tuple(near.items()),
    )


def main(caller: int) -> None:
    """Answer the one request that comes as the first line of standard input."""
    # Prints of libraries must not disturb the answer.
    outgoing = os.dup(1)
    os.dup2(2, 1)
    end_with(caller)
    faulthandler.enable()
    request = json.loads(sys.stdin.readline())
    limit(request["memory"], request["processor"])
    with os.fdopen(outgoing, "w", encoding="utf-8") as target:
        json.dump(_answer(request), target)


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    try:
        return asdict(describe(Store(Path(request["home"])), request["analysis_id"], request["features"]))
    except LapwingError as error:
        return {"error": str(error)}
    except MemoryError:
        return {"error": "Scoring needs more memory than there is. Close other programs and try again."}
    except Exception:
        traceback.print_exc()
        return {}


if __name__ == "__main__":
    main(int(sys.argv[1]))
