"""Names, colours and merges that people choose, and where they are kept."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from data.errors import InputError, StoreError
from data.segments.edits import FOLDER, Edits
from data.segments.looks import COLOURS, check_looks, clean_name, looks_of
from data.store import write_json

KEYS = ("champions", "loyal", "new", "at_risk", "loyal_lower_spend", "loyal_higher_spend", "outliers")
REPORT: dict[str, Any] = {
    "segments": [
        {
            "code": -1 if key == "outliers" else place,
            "key": key,
            "name": key.replace("_", " ").capitalize(),
            "definition": f"Def of {key}.",
            "customers": 10 * (place + 1),
        }
        for place, key in enumerate(KEYS)
    ]
}


def test_without_edits_segments_look_as_they_were_found() -> None:
    looks = looks_of(REPORT, {})
    assert [look.key for look in looks] == list(KEYS)
    assert [look.codes for look in looks] == [(0,), (1,), (2,), (3,), (4,), (5,), (-1,)]
    assert [look.keys for look in looks] == [(key,) for key in KEYS]
    assert [look.customers for look in looks] == [10, 20, 30, 40, 50, 60, 70]
    colours = {look.key: look.colour for look in looks}
    assert colours["champions"] == 1
    assert colours["at_risk"] == 8
    assert colours["outliers"] == 0
    assert len(set(colours.values())) == len(KEYS)


def test_colours_do_not_depend_on_the_order_of_segments() -> None:
    turned = {"segments": REPORT["segments"][::-1]}
    assert {look.key: look.colour for look in looks_of(turned, {})} == {
        look.key: look.colour for look in looks_of(REPORT, {})
    }


def test_more_segments_than_colours_still_have_one() -> None:
    many = [{**REPORT["segments"][0], "key": f"group_{place}", "name": f"G{place}"} for place in range(30)]
    colours = [look.colour for look in looks_of({"segments": many}, {})]
    assert all(1 <= colour <= COLOURS for colour in colours)
    assert len(set(colours)) == COLOURS


def test_a_merge_joins_codes_and_can_be_taken_back() -> None:
    edits = {
        "loyal": {"into": "champions", "name": "Not shown"},
        "new": {"into": "loyal"},
        "champions": {"name": "Best", "colour": 7},
    }
    looks = looks_of(REPORT, edits)
    best = looks[0]
    assert [look.key for look in looks] == ["champions", "at_risk", *KEYS[4:]]
    assert (best.name, best.colour, best.codes, best.customers) == ("Best", 7, (0, 1, 2), 60)
    assert best.keys == ("champions", "loyal", "new")
    assert best.definition == (
        "Def of champions. Together with: Loyal. Def of loyal. Together with: New. Def of new."
    )
    assert looks_of(REPORT, {}) == looks_of(REPORT, {key: {} for key in edits})


@pytest.mark.parametrize(
    "edits",
    [
        {"loyal": {"into": "gone"}},
        {"loyal": {"into": "loyal"}},
        {"gone": {"into": "loyal", "name": "x", "colour": 3}},
    ],
)
def test_what_does_not_apply_is_passed_over(edits: dict[str, Any]) -> None:
    assert looks_of(REPORT, edits) == looks_of(REPORT, {})


def test_a_circle_of_merges_loses_no_customer() -> None:
    circle = {"loyal": {"into": "new"}, "new": {"into": "loyal"}, "at_risk": {"into": "new"}}
    looks = looks_of(REPORT, circle)
    codes = [code for look in looks for code in look.codes]
    assert sorted(codes) == [-1, 0, 1, 2, 3, 4, 5]
    assert sum(look.customers for look in looks) == 280


def test_two_segments_never_show_the_same_name() -> None:
    names = [look.name for look in looks_of(REPORT, {"new": {"name": "CHAMPIONS"}})]
    assert names[0] == "Champions"
    assert names[2] == "CHAMPIONS (2)"


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        ({"loyal": {"name": ""}}, "1 to 60"),
        ({"loyal": {"name": "\u202e\x00 \u200d"}}, "1 to 60"),
        ({"loyal": {"name": "x" * 61}}, "has 61"),
        ({"loyal": {"name": "champions"}}, "already a segment called"),
        ({"loyal": {"name": "A"}, "new": {"name": "a"}}, "already a segment called"),
        ({"loyal": {"colour": 13}}, "from 0"),
        ({"loyal": {"colour": "1"}}, "from 0"),
        ({"loyal": {"colour": True}}, "from 0"),
        ({"loyal": {"into": "loyal"}}, "circle"),
        ({"loyal": {"into": "new"}, "new": {"into": "at_risk"}, "at_risk": {"into": "loyal"}}, "circle"),
        ({"loyal": {"into": "gone"}}, "of the same segmentation"),
    ],
)
def test_edits_that_make_no_sense_are_refused_in_words(edits: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        check_looks(edits, REPORT)


def test_edits_are_kept_clean() -> None:
    assert check_looks(
        {"loyal": {"name": "  A\x00\u202eb \n c ", "colour": 0}, "new": {"name": None}}, REPORT
    ) == {"loyal": {"name": "Ab c", "colour": 0}}
    # A merged segment's name is free again.
    edits = {"loyal": {"into": "champions"}, "new": {"name": "Loyal"}}
    assert check_looks(edits, REPORT) == edits
    assert clean_name("👩\u200d💻 <b>é</b>") == "👩\u200d💻 <b>é</b>"


def test_edits_are_kept_by_series_and_method(tmp_path: Path) -> None:
    first, second = Edits(tmp_path), Edits(tmp_path)
    assert first.looks("s1", "rules") == {}
    first.save_looks("s1", "rules", {"loyal": {"name": "Ours", "colour": 4}}, REPORT)
    assert second.looks("s1", "rules") == {"loyal": {"name": "Ours", "colour": 4}}
    assert second.looks("s1", "kmeans") == second.looks("s2", "rules") == {}
    second.save_looks("s1", "rules", {})
    assert first.looks("s1", "rules") == {}
    for bad in ("../x", "a/b", "", "."):
        with pytest.raises(InputError):
            first.looks(bad, "rules")
        with pytest.raises(InputError):
            first.save_looks("s1", bad, {})


def test_the_playbook_keeps_texts_and_goes_back(tmp_path: Path) -> None:
    edits = Edits(tmp_path)
    edits.save_play("loyal", {"what": " Two\nlines\x07 ", "offer": "<b>10 %</b>"})
    edits.save_play("new", {"what": "x"})
    assert Edits(tmp_path).playbook() == {
        "loyal": {"what": "Two\nlines", "offer": "<b>10 %</b>"},
        "new": {"what": "x"},
    }
    with pytest.raises(InputError, match="1,001 characters"):
        edits.save_play("loyal", {"what": "x" * 1001})
    edits.save_play("loyal", None)
    assert edits.playbook() == {"new": {"what": "x"}}


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff\xfe", b"", b"[" * 100_000])
def test_a_damaged_file_is_set_aside_and_told(tmp_path: Path, content: bytes) -> None:
    edits = Edits(tmp_path)
    edits.save_looks("s1", "rules", {"loyal": {"name": "Ours"}})
    path = tmp_path / FOLDER / "looks-s1-rules.json"
    assert edits.problems() == ()
    for number in (1, 2):
        path.write_bytes(content)
        assert edits.looks("s1", "rules") == {}
        assert not path.exists()
        assert path.with_name(f"looks-s1-rules.json.damaged-{number}").read_bytes() == content
    assert len(edits.problems()) == 2
    assert edits.problems()[0].startswith("looks-s1-rules.json could not be read and was set aside as")
    edits.save_looks("s1", "rules", {"loyal": {"name": "Again"}})
    assert edits.looks("s1", "rules") == {"loyal": {"name": "Again"}}


def test_what_is_no_edit_in_a_file_is_passed_over(tmp_path: Path) -> None:
    edits = Edits(tmp_path)
    edits.save_looks("s1", "rules", {})
    write_json(tmp_path / FOLDER / "looks-s1-rules.json", {"loyal": "x", "new": {"name": 5, "colour": "red"}})
    write_json(tmp_path / FOLDER / "playbook.json", {"loyal": ["x"], "new": {"what": "y"}})
    names = [look.name for look in looks_of(REPORT, edits.looks("s1", "rules"))]
    assert names == [look.name for look in looks_of(REPORT, {})]
    assert edits.playbook() == {"new": {"what": "y"}}


def test_writers_at_once_leave_a_whole_file(tmp_path: Path) -> None:
    def write(place: int) -> None:
        for turn in range(20):
            Edits(tmp_path).save_looks("s1", "rules", {"loyal": {"name": f"Name {place} {turn}"}})

    threads = [threading.Thread(target=write, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    seen = [Edits(tmp_path).looks("s1", "rules") for _ in range(100)]
    for thread in threads:
        thread.join()
    assert all(item == {} or item["loyal"]["name"].startswith("Name ") for item in seen)
    assert Edits(tmp_path).looks("s1", "rules")["loyal"]["name"].endswith(" 19")
    assert Edits(tmp_path).problems() == ()
    assert [path.name for path in (tmp_path / FOLDER).iterdir()] == ["looks-s1-rules.json"]


def test_a_workspace_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / FOLDER).write_text("a file in the way")
    with pytest.raises(StoreError, match="Could not write"):
        Edits(tmp_path).save_looks("s1", "rules", {"loyal": {"name": "x"}})
