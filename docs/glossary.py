"""Writes docs/glossary.md from the words of the product: `python -m docs.glossary`."""

from __future__ import annotations

from pathlib import Path

from pages._ui.glossary import markdown

if __name__ == "__main__":
    Path(__file__).with_suffix(".md").write_text(markdown(), encoding="utf-8")
