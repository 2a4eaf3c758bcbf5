"""Fitted models as files in open formats, with a manifest; never a pickle, so opening one runs no code.

What is read back is the same model or none: checksums first, then the features by name, then a probe, some
rows whose scores were written down when the model was saved and must come out again.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.errors import InputError, StoreError
from data.names import CUSTOMER_ID, FEATURES
from models import estimators, explain
from models.btyd import Btyd, histories
from models.calibration import Platt
from models.candidates import Candidate
from models.churn import lifetime_value
from models.estimators import Logistic, to_json
from models.intervals import ResidualCdf, SpendDistribution
from models.log_spread import Spread
from models.served import Served
from models.transforms import MODEL_FEATURES, Baseline, TrainingRange
from models.value import GammaGamma

Floats = NDArray[np.float64]
Files = Mapping[str, bytes]

FORMAT: Final = 2
MANIFEST: Final = "manifest.json"
BTYD, SERVING, PROBE, REASONS = "btyd.json", "serving.json", "probe.json", "reasons"
PROBE_ROWS: Final = 32
# How far a score of the probe may move, as a share of itself; and what of that is no more than noise.
TOLERANCE: Final = 1e-6
_NOISE: Final = 1e-9
LIBRARIES: Final = ("numpy", "pandas", "scipy", "scikit-learn", "xgboost-cpu", "lightgbm")
_AGAIN: Final = "Analyse the data set again."


def versions() -> dict[str, str]:
    """Versions of Python and of the libraries that learn and score."""
    return {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}


# Saving


def model_files(served: Served, training: pd.DataFrame) -> dict[str, bytes]:
    """File name -> content of all that scores later customers: the same model, the same bytes.

    `training` are the features of customers the model learned from, one row each; the probe
    is drawn from it, without ids.
    """
    parts = {name: one.files() for name, one in served.learners.items()} | {REASONS: served.reasons.files()}
    files = {f"{name}.{ending}": data for name, each in parts.items() for ending, data in each.items()}
    files[BTYD] = to_json(
        {
            "purchases": served.baseline.purchases.to_dict(),
            "purchases_next_window": served.purchases.to_dict(),
            "order_value": served.baseline.value.to_dict(),
        }
    )
    files[SERVING] = to_json(_serving(served))
    files[PROBE] = to_json(_probe(served, training))
    manifest = {
        "format": FORMAT,
        "features": list(FEATURES),
        "model_features": list(MODEL_FEATURES),
        "versions": versions(),
        "learners": {name: sorted(each) for name, each in parts.items()},
        "files": {
            name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in sorted(files.items())
        },
    }
    return {**dict(sorted(files.items())), MANIFEST: to_json(manifest)}


def _serving(served: Served) -> dict[str, Any]:
    shape = served.distribution.shape.to_dict()
    return {
        "propensity": {
            **_candidate_dict(served.candidate),
            "predicts": "log-odds of the learners, combined; then slope and intercept",
            "slope": served.platt.slope,
            "intercept": served.platt.intercept,
        },
        "spend": {
            **_candidate_dict(served.spend_candidate),
            "predicts": "scale x expected spend of each learner, combined; `value` is times the probability first",
            "scale": dict(served.scale),
        },
        "distribution": {**shape, "log_sigma": served.distribution.spread.to_dict()},
        "training_range": {"low": served.range.low.tolist(), "high": served.range.high.tolist()},
        "horizon_days": served.horizon_days,
        "interval": served.interval,
        "annual_discount": served.annual_discount,
    }


def _candidate_dict(one: Candidate) -> dict[str, Any]:
    return {
        "name": one.name,
        "label": one.label,
        "complexity": one.complexity,
        "learners": list(one.learners),
        "combine": one.combine,
    }


def _probe(served: Served, training: pd.DataFrame) -> dict[str, Any]:
    """Rounded features of rows spread over the training customers, and the scores they get."""
    last = len(training) - 1
    places = np.unique(np.linspace(0, last, min(PROBE_ROWS, len(training))).round().astype(np.int64))
    rows = {
        name: [None if np.isnan(value) else float(f"{value:.3g}") for value in training[name].iloc[places]]
        for name in FEATURES
    }
    scores = _probe_scores(served, _probe_frame(rows))
    return {"features": rows, "scores": {name: values.tolist() for name, values in scores.items()}}


def _probe_frame(rows: Mapping[str, Any]) -> pd.DataFrame:
    frame = pd.DataFrame({name: np.array(rows[name], dtype=np.float64) for name in FEATURES})
    frame.insert(0, CUSTOMER_ID, [f"probe {place}" for place in range(len(frame))])
    return frame


def _probe_scores(served: Served, frame: pd.DataFrame) -> dict[str, Floats]:
    """What the model says of the probe before anything is rounded, shapes (n,)."""
    matrix = served.matrix(frame)
    probability, prediction = served.predict(matrix)
    return {
        "probability": probability,
        "spend": prediction,
        "p_alive": served.purchases.p_alive(*histories(frame)),
        "clv": lifetime_value(
            served.purchases, frame, prediction, served.horizon_days, served.annual_discount
        ),
        "reasons": explain.effects(served.reasons, matrix).sum(axis=1),
    }


# Reading back


def load(files: Files) -> Served:
    """The model that `model_files` wrote, by file name.

    Raises StoreError for a file that is missing or damaged and InputError for a model of another format, with
    other features, or that scores differently under the libraries of today; each says what to do.
    """
    manifest = _manifest(files)
    _check_features("features", manifest["features"], FEATURES)
    _check_features("model features", manifest["model_features"], MODEL_FEATURES)
    _check_files(manifest["files"], files)
    try:
        served = _served(manifest, files)
        probe = json.loads(files[PROBE])
        saved = {name: np.array(values, dtype=np.float64) for name, values in probe["scores"].items()}
        now = _probe_scores(served, _probe_frame(probe["features"]))
    except Exception as error:  # each library has its own errors for what it cannot read
        if skew := _skew(manifest["versions"]):
            raise InputError(
                f"This model was made with {skew[0]} and cannot be read under {skew[1]}: retrain it. {_AGAIN}"
            ) from error
        raise StoreError(f"The saved model cannot be read ({error}). {_AGAIN}") from error
    _check_scores(saved, now, manifest["versions"])
    return served


def _manifest(files: Files) -> dict[str, Any]:
    """The manifest, once it is known to be one of today's format."""
    if MANIFEST not in files:
        raise StoreError(f"This is no saved model: its {MANIFEST} is missing. {_AGAIN}")
    try:
        manifest = json.loads(files[MANIFEST])
        found = int(manifest["format"])
    except (ValueError, LookupError, TypeError, OverflowError) as error:
        raise StoreError(f"The saved model is damaged: {MANIFEST} cannot be read. {_AGAIN}") from error
    if found != FORMAT:
        which = "an older" if found < FORMAT else "a newer"
        raise InputError(
            f"This model was saved by {which} version of Lapwing (format {found}, this one reads {FORMAT}). {_AGAIN}"
        )
    wanted = {"features": list, "model_features": list, "versions": dict, "learners": dict, "files": dict}
    if any(not isinstance(manifest.get(name), kind) for name, kind in wanted.items()):
        raise StoreError(f"The saved model is damaged: {MANIFEST} is incomplete. {_AGAIN}")
    return dict(manifest)


def _check_features(what: str, saved: list[Any], ours: tuple[str, ...]) -> None:
    gone = [str(name) for name in saved if name not in ours]
    if gone:
        raise InputError(
            f"This model needs the {what} {', '.join(gone)}, which this version of Lapwing does not have. {_AGAIN}"
        )
    new = [name for name in ours if name not in saved]
    if new:
        raise InputError(
            f"This model does not know the {what} {', '.join(new)}, which this version of Lapwing looks at. {_AGAIN}"
        )
    for place, (theirs, name) in enumerate(zip(saved, ours, strict=False), start=1):
        if theirs != name:
            raise InputError(
                f"This model has its {what} in another order: {theirs} is number {place}, where this version of "
                f"Lapwing has {name}. {_AGAIN}"
            )
    if len(saved) != len(ours):
        raise InputError(f"This model names one of its {what} twice. {_AGAIN}")


def _check_files(listed: dict[str, Any], files: Files) -> None:
    needed = {BTYD, SERVING, PROBE} - set(listed)
    if needed:
        raise StoreError(f"The saved model lacks {', '.join(sorted(needed))}. {_AGAIN}")
    for name, facts in sorted(listed.items()):
        if name not in files:
            raise StoreError(f"The saved model lacks the file {name}. {_AGAIN}")
        if not isinstance(facts, dict) or hashlib.sha256(files[name]).hexdigest() != facts.get("sha256"):
            raise StoreError(
                f"The saved model is damaged: {name} is not as it was written (its checksum differs). {_AGAIN}"
            )


def _served(manifest: Mapping[str, Any], files: Files) -> Served:
    # Only what the manifest vouches for is read, whatever else lies in the folder.
    known = {name: files[name] for name in manifest["files"]}
    parts = {
        name: {ending: known[f"{name}.{ending}"] for ending in endings}
        for name, endings in manifest["learners"].items()
    }
    reasons = Logistic.from_files(parts.pop(REASONS))
    btyd, serving = json.loads(known[BTYD]), json.loads(known[SERVING])
    distribution = serving["distribution"]
    sigma = distribution["log_sigma"]
    return Served(
        baseline=Baseline(Btyd.from_dict(btyd["purchases"]), GammaGamma.from_dict(btyd["order_value"])),
        purchases=Btyd.from_dict(btyd["purchases_next_window"]),
        range=TrainingRange(
            _floats(serving["training_range"]["low"]), _floats(serving["training_range"]["high"])
        ),
        learners={name: estimators.load(name, each) for name, each in parts.items()},
        candidate=_candidate(serving["propensity"]),
        platt=Platt(float(serving["propensity"]["slope"]), float(serving["propensity"]["intercept"])),
        spend_candidate=_candidate(serving["spend"]),
        scale={name: float(value) for name, value in serving["spend"]["scale"].items()},
        distribution=SpendDistribution(
            Spread(_floats(sigma["weights"]), float(sigma["low"]), float(sigma["high"])),
            ResidualCdf(float(distribution["lo"]), float(distribution["step"]), _floats(distribution["cdf"])),
        ),
        reasons=reasons,
        horizon_days=int(serving["horizon_days"]),
        interval=float(serving["interval"]),
        annual_discount=float(serving["annual_discount"]),
    )


def _floats(values: Any) -> Floats:
    return np.array(values, dtype=np.float64)


def _candidate(saved: Mapping[str, Any]) -> Candidate:
    return Candidate(
        saved["name"],
        saved["label"],
        int(saved["complexity"]),
        tuple(saved["learners"]),
        combine=saved["combine"],
    )


def _check_scores(
    saved: Mapping[str, Floats], now: Mapping[str, Floats], made_with: Mapping[str, Any]
) -> None:
    """Refuse a model whose probe does not score as it did when it was saved."""
    for name, scores in now.items():
        before = saved.get(name, np.zeros(0))
        if before.shape == scores.shape and not _differ(before, scores).any():
            continue
        if skew := _skew(made_with):
            raise InputError(
                f"This model was made with {skew[0]} and scores differently under {skew[1]}: retrain it. {_AGAIN}"
            )
        raise InputError(
            "This model does not score as it did when it was saved, though the libraries are the same. "
            f"Do not use it. {_AGAIN}"
        )


def _skew(made_with: Mapping[str, Any]) -> tuple[str, str] | None:
    """The libraries whose versions have changed, as they were and as they are; None where none has."""
    today = versions()
    changed = [library for library, used in made_with.items() if today.get(library) != used]
    then = ", ".join(f"{library} {made_with[library]}" for library in changed)
    now = ", ".join(f"{library} {today.get(library, 'missing')}" for library in changed)
    return (then, now) if changed else None


def _differ(before: Floats, now: Floats) -> NDArray[np.bool_]:
    room = TOLERANCE * np.maximum(np.abs(before), np.abs(now)) + _NOISE
    # Whatever is no number is different, too.
    return ~(np.abs(before - now) <= room)
