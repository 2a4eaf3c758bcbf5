"""Fitted models as files in open formats, with a manifest; never a pickle, so opening one runs no code."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from data.names import FEATURES
from models.learners import Learner, to_json
from models.transforms import MODEL_FEATURES, Baseline

FORMAT: Final = 1


def model_files(
    learners: Mapping[str, Learner], baseline: Baseline, serving: Mapping[str, Any]
) -> dict[str, bytes]:
    """File name -> content: each learner, the BTYD parameters, what serves, and `manifest.json`.

    `serving` is what turns the learners' outputs into predictions: champions, rescaling, distribution.
    """
    files = {
        f"{name}.{ending}": data for name, one in learners.items() for ending, data in one.files().items()
    }
    files["btyd.json"] = to_json(
        {"purchases": baseline.purchases.to_dict(), "order_value": baseline.value.to_dict()}
    )
    files["serving.json"] = to_json(serving)
    manifest = {
        "format": FORMAT,
        "features": list(FEATURES),
        "model_features": list(MODEL_FEATURES),
        "files": {
            name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in sorted(files.items())
        },
    }
    return {**dict(sorted(files.items())), "manifest.json": to_json(manifest)}
