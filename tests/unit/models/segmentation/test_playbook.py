"""The playbook has advice for every segment, and the document says the same."""

from __future__ import annotations

import re
from dataclasses import asdict, fields
from pathlib import Path

from models.segmentation.grid import SEGMENTS
from models.segmentation.naming import ARCHETYPES, MOST, OUTLIERS, UNASSIGNED
from models.segmentation.playbook import GENERAL, PLAYBOOK, Play, play_for

PARTS = [field.name for field in fields(Play)]
NAMES = {
    **{kind.key: kind.name for kind in ARCHETYPES},
    **{rule.key: rule.name for rule in SEGMENTS},
    **dict((OUTLIERS, UNASSIGNED, MOST)),
}


def test_every_segment_has_its_advice_and_no_other() -> None:
    assert set(PLAYBOOK) == set(NAMES)
    for key, play in {**PLAYBOOK, "general": GENERAL}.items():
        for part, text in asdict(play).items():
            assert text[0].isupper(), (key, part)
            assert text.endswith("."), (key, part)
            assert 3 < len(text) <= 200, (key, part)


def test_the_document_says_the_same(root: Path) -> None:
    text = (root / "docs" / "playbook.md").read_text(encoding="utf-8")
    found = {}
    for block in re.split(r"^### ", text, flags=re.MULTILINE)[1:]:
        title, *lines = block.split("\n")
        rows = [re.fullmatch(r"- \*\*(\w+)\*\*: (.+)", line) for line in lines if line.startswith("- ")]
        assert all(rows), title
        found[title] = [(row[1].lower(), row[2]) for row in rows if row]
    expected = {NAMES[key]: list(asdict(play).items()) for key, play in PLAYBOOK.items()}
    assert found == {**expected, "General": list(asdict(GENERAL).items())}


def test_advice_of_the_archetype_for_what_bears_its_name() -> None:
    assert PARTS == ["what", "why", "strategy", "channel", "offer", "timing"]
    assert play_for("cant_lose") is PLAYBOOK["cant_lose"]
    assert play_for("loyal_lower_spend") is PLAYBOOK["loyal"]
    assert play_for("at_risk_longer_ago") is PLAYBOOK["at_risk"]
    assert play_for("new_or_promising_more_orders") is PLAYBOOK["new_or_promising"]
    assert play_for("champions_2") is PLAYBOOK["champions"]
    assert play_for("new_york") is GENERAL
    assert play_for("segment_1") is GENERAL
