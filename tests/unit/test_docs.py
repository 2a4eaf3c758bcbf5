"""What the documents show: pictures that there are, of pages as they are, and settings that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cli import app
from docs.screenshots import MOST_BYTES, PAGES, names, shots
from settings import Settings

IMAGE = re.compile(r"!\[(?P<words>[^\]]*)\]\((?P<file>[^)\s]+)\)")
LINK = re.compile(r"(?<!!)\[[^\]]+\]\((?P<file>[^)\s#:]+)(?:#[^)]*)?\)")


def documents(root: Path) -> list[Path]:
    found = [
        root / "README.md",
        root / "CHANGELOG.md",
        root / "CONTRIBUTING.md",
        *sorted((root / "docs").glob("*.md")),
    ]
    assert len(found) > 15
    return found


def named(root: Path) -> dict[Path, list[str]]:
    """Each picture that a document names, with the words for those who do not see it."""
    pictures: dict[Path, list[str]] = {}
    for document in documents(root):
        for found in IMAGE.finditer(document.read_text(encoding="utf-8")):
            pictures.setdefault((document.parent / found["file"]).resolve(), []).append(found["words"])
    return pictures


def test_documents_name_the_pictures_that_the_script_takes(root: Path) -> None:
    pictures = named(root)
    folder = (root / "docs" / "images").resolve()
    assert {path.name for path in pictures} == names()
    assert {path.parent for path in pictures} == {folder}
    assert all(len(words) > 3 for told in pictures.values() for words in told)


def test_every_picture_is_there_and_small(root: Path) -> None:
    there = {path.name: path.stat().st_size for path in (root / "docs" / "images").iterdir()}
    assert set(there) == names()
    assert {name: size for name, size in there.items() if not 2_000 < size <= MOST_BYTES} == {}


def test_every_page_is_shown_in_both_themes_on_desk_and_phone() -> None:
    taken = {(shot.name.split("-")[0], shot.size[0], shot.dark) for shot in shots() if shot.prepare is None}
    assert {(name, width, dark) for name in PAGES for width in (1440, 390) for dark in (False, True)} <= taken
    assert len({shot.name for shot in shots()}) == len(shots())


def test_the_readme_shows_four_pages(root: Path) -> None:
    text = (root / "README.md").read_text(encoding="utf-8")
    shown = {Path(found["file"]).stem for found in IMAGE.finditer(text)}
    assert shown == {"overview", "propensity", "segments-map", "roi-dark"}


def test_links_between_documents_lead_somewhere(root: Path) -> None:
    wrong = [
        f"{document.name}: {found['file']}"
        for document in documents(root)
        for found in LINK.finditer(document.read_text(encoding="utf-8"))
        if not (document.parent / found["file"]).exists()
    ]
    assert wrong == []


@pytest.mark.parametrize("name", ["README.md", "docs/guide.md", "docs/overview.md"])
def test_the_guide_is_reached_from_the_readme(root: Path, name: str) -> None:
    text = (root / name).read_text(encoding="utf-8")
    assert "glossary.md" in text


def test_settings_that_documents_name_are_settings_and_all_are_told(root: Path) -> None:
    there = {f"LAPWING_{name.upper()}" for name in Settings.model_fields}
    named = {
        name
        for document in documents(root)
        for name in re.findall(r"LAPWING_[A-Z_]+[A-Z]", document.read_text(encoding="utf-8"))
    }
    assert named == there
    told = (root / "docs" / "settings.md").read_text(encoding="utf-8")
    assert {name for name in there if f"| `{name}` |" not in told} == set()


def test_commands_that_documents_name_are_commands(root: Path) -> None:
    known = {
        command.name or command.callback.__name__ for command in app.registered_commands if command.callback
    }
    named = {
        name
        for document in documents(root)
        for name in re.findall(
            r"(?:^|`|bin/)lapwing ([a-z]+)", document.read_text(encoding="utf-8"), re.MULTILINE
        )
    }
    assert len(known) > 8
    assert named <= known
    targets = set(re.findall(r"^([a-z]+):", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    asked = {
        name
        for document in documents(root)
        for name in re.findall(r"`(?:LAPWING_\S+ )?make ([a-z]+)", document.read_text(encoding="utf-8"))
    }
    assert asked <= targets
