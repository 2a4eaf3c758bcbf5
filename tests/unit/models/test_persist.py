"""Saved models come back as they were, or not at all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from data.errors import InputError, StoreError
from data.names import CUSTOMER_ID, FEATURES, NEXT_WINDOW_COLUMNS, REASON_COLUMNS
from models import persist
from models.analysis import AnalysisResult
from models.calibration import Platt
from models.candidates import PROPENSITY, SPEND, serving_names
from models.served import Served
from models.window import window_of

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def result(untuned: AnalysisResult) -> AnalysisResult:
    """An analysis in which every learner competed."""
    return untuned


def test_a_model_that_was_read_back_scores_to_the_last_digit(shop: Any, result: AnalysisResult) -> None:
    served = persist.load(result.files)
    pd.testing.assert_frame_equal(served.score(shop.score), result.score, check_exact=True)
    assert {*NEXT_WINDOW_COLUMNS, *FEATURES, *REASON_COLUMNS} <= set(result.score.columns)
    assert result.score["pred_prob"].nunique() > 100


def _saved_and_read_back(shop: Any, made: Served) -> Served:
    served = persist.load(persist.model_files(made, shop.past.frame))
    pd.testing.assert_frame_equal(served.score(shop.score), made.score(shop.score), check_exact=True)
    return served


@pytest.mark.parametrize("name", serving_names(PROPENSITY))
def test_every_candidate_can_be_saved_and_read_back(shop: Any, result: AnalysisResult, name: str) -> None:
    candidate = next(one for one in PROPENSITY if one.name == name)
    made = replace(persist.load(result.files), candidate=candidate, platt=Platt(0.9, 0.1))
    served = _saved_and_read_back(shop, made)
    assert (served.candidate, served.platt) == (candidate, Platt(0.9, 0.1))


@pytest.mark.parametrize("name", serving_names(SPEND))
def test_every_way_to_predict_spend_can_be_saved_and_read_back(
    shop: Any, result: AnalysisResult, name: str
) -> None:
    candidate = next(one for one in SPEND if one.name == name)
    scale = {learner: 0.5 + place for place, learner in enumerate(candidate.learners)}
    made = replace(persist.load(result.files), spend_candidate=candidate, scale=scale)
    served = _saved_and_read_back(shop, made)
    assert (served.spend_candidate, served.scale) == (candidate, scale)


def test_saving_what_was_read_back_gives_the_same_bytes(shop: Any, result: AnalysisResult) -> None:
    served = persist.load(result.files)
    again = persist.model_files(served, window_of(shop.past.frame.sample(frac=1.0, random_state=1)).frame)
    assert again == result.files


def test_the_probe_holds_rows_of_all_kinds_and_no_id(shop: Any, result: AnalysisResult) -> None:
    probe = json.loads(result.files[persist.PROBE])
    assert set(probe["features"]) == set(FEATURES)
    assert {len(values) for values in probe["features"].values()} == {persist.PROBE_ROWS}
    assert len(set(probe["features"]["frequency"])) > 3
    assert None in probe["features"]["mean_gap_days"]
    text = b"".join(result.files.values()).decode()
    assert not any(customer in text for customer in shop.past.frame[CUSTOMER_ID])


def test_the_manifest_vouches_for_every_file(result: AnalysisResult) -> None:
    manifest = json.loads(result.files[persist.MANIFEST])
    assert set(manifest["files"]) == set(result.files) - {persist.MANIFEST}
    assert manifest["versions"] == persist.versions()


@pytest.mark.parametrize("name", ["lightgbm.txt", "serving.json", "btyd.json", "probe.json", "reasons.json"])
def test_a_damaged_or_missing_file_is_named(result: AnalysisResult, name: str) -> None:
    whole = result.files[name]
    middle = len(whole) // 2
    flipped = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
    for content in (flipped, whole[:middle], whole + b"\n", b""):
        with pytest.raises(StoreError, match=f"{name} is not as it was written"):
            persist.load(result.files | {name: content})
    less = {other: data for other, data in result.files.items() if other != name}
    with pytest.raises(StoreError, match=f"lacks the file {name}"):
        persist.load(less)


def test_what_the_manifest_does_not_list_is_never_read(shop: Any, result: AnalysisResult) -> None:
    served = persist.load(result.files | {"extra.json": b"nonsense"})
    assert len(served.score(shop.score)) == len(shop.score)


def with_manifest(files: Files, change: Callable[[dict[str, Any]], Any]) -> Files:
    manifest = json.loads(files[persist.MANIFEST])
    change(manifest)
    return files | {persist.MANIFEST: json.dumps(manifest).encode()}


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{", b"\xff\xfe", b'{"format": "x"}', b'{"format": 1e999}', b'{"format": 2}']
)
def test_a_damaged_manifest_is_damage(result: AnalysisResult, content: bytes) -> None:
    with pytest.raises(StoreError, match=r"manifest\.json"):
        persist.load(result.files | {persist.MANIFEST: content})
    with pytest.raises(StoreError, match=r"manifest\.json is missing"):
        persist.load({name: data for name, data in result.files.items() if name != persist.MANIFEST})


@pytest.mark.parametrize(("number", "words"), [(1, "an older version"), (99, "a newer version")])
def test_another_format_is_refused(result: AnalysisResult, number: int, words: str) -> None:
    with pytest.raises(InputError, match=words):
        persist.load(with_manifest(result.files, lambda manifest: manifest.update(format=number)))


@pytest.mark.parametrize("what", ["features", "model_features"])
def test_other_features_are_refused_by_name(result: AnalysisResult, what: str) -> None:
    def drop(manifest: dict[str, Any]) -> None:
        manifest[what].remove("units")

    def add(manifest: dict[str, Any]) -> None:
        manifest[what].append("shoe_size")

    def swap(manifest: dict[str, Any]) -> None:
        names = manifest[what]
        first, second = names.index("monetary"), names.index("units")
        names[first], names[second] = names[second], names[first]

    with pytest.raises(InputError, match=r"does not know the .*features units"):
        persist.load(with_manifest(result.files, drop))
    with pytest.raises(InputError, match=r"needs the .*features shoe_size"):
        persist.load(with_manifest(result.files, add))
    with pytest.raises(InputError, match=r"another order: units is number .* has monetary"):
        persist.load(with_manifest(result.files, swap))


def with_probe(files: Files, factor: float) -> Files:
    """The files with every score of the probe changed, as another library would, and checksums that fit."""
    probe = json.loads(files[persist.PROBE])
    probe["scores"]["probability"] = [value * factor for value in probe["scores"]["probability"]]
    content = json.dumps(probe).encode()
    facts = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    return with_manifest(
        files | {persist.PROBE: content}, lambda manifest: manifest["files"].update({persist.PROBE: facts})
    )


def test_a_model_that_scores_differently_is_refused(result: AnalysisResult) -> None:
    with pytest.raises(InputError, match=r"libraries are the same\. Do not use it"):
        persist.load(with_probe(result.files, 1.0001))
    older = with_manifest(
        with_probe(result.files, 1.0001), lambda manifest: manifest["versions"].update(lightgbm="4.1")
    )
    today = persist.versions()["lightgbm"]
    with pytest.raises(
        InputError, match=f"made with lightgbm 4.1 and scores differently under lightgbm {today}: retrain it"
    ):
        persist.load(older)


def test_a_model_that_a_library_cannot_read_any_more_is_to_be_trained_again(result: AnalysisResult) -> None:
    about = json.loads(result.files["lightgbm.json"])
    del about["learned"]
    content = json.dumps(about).encode()
    facts = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    files = with_manifest(
        result.files | {"lightgbm.json": content},
        lambda manifest: manifest["files"].update({"lightgbm.json": facts}),
    )
    with pytest.raises(StoreError, match="cannot be read"):
        persist.load(files)
    older = with_manifest(files, lambda manifest: manifest["versions"].update(lightgbm="4.1"))
    with pytest.raises(InputError, match=r"made with lightgbm 4\.1 and cannot be read under .*: retrain it"):
        persist.load(older)


def test_another_version_that_scores_alike_serves(shop: Any, result: AnalysisResult) -> None:
    files = with_manifest(
        with_probe(result.files, 1.0 + 1e-9), lambda manifest: manifest["versions"].update(lightgbm="4.1")
    )
    pd.testing.assert_frame_equal(persist.load(files).score(shop.score), result.score, check_exact=True)
