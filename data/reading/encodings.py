"""Which encoding a text file is in, judged on the whole file, and its text as a stream of UTF-8."""

from __future__ import annotations

import codecs
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from data.errors import InputError, Question
from data.reading.kept import keep, recall
from data.reading.languages import EASTERN, SCRIPTS, eastern_sense, script_sense, western_sense
from data.reading.options import Detected
from data.reading.sources import CHUNK_BYTES, ByteSource

HEAD_SAMPLE_BYTES: Final = 1 << 20
SPREAD_SAMPLE_BYTES: Final = 16 * 1024
MAX_SPREAD_PIECES: Final = 128
_EVIDENCE_BYTES: Final = 1 << 18
# Below this many foreign bytes a guess at a non-Western encoding is no better than a coin.
_MIN_FOREIGN_BYTES: Final = 48

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)
_HIGH_BYTE: Final = re.compile(rb"[\x80-\xff]")
_HIGH_RUN: Final = re.compile(rb"[\x80-\xff]{3,}")
_LINE_FEED: Final = 10
_RETURN: Final = 13
_LINE_END: Final = re.compile(rb"\r\n|\n|\r")
# Fewer lines than this in the first megabyte are no table.
_MIN_LINES: Final = 2
# Bytes that text is made of, and how many others may stray into it.
_PRINTED: Final = bytes([9, 10, 12, 13, 26, 27, *range(32, 127), *range(128, 256)])
_MOST_CONTROLS: Final = 0.05
_LOOKED_AT: Final = 1 << 16
_C1: Final = re.compile(rb"[\x80-\x9f]")
_FOREIGN_WORD: Final = re.compile(rb'[^\s,;|"]*[\x80-\xff][^\s,;|"]*')
_WESTERN: Final = {
    "iso-8859-1": "ISO-8859-1",
    "cp1252": "Windows-1252",
    "iso-8859-15": "ISO-8859-15",
    "mac_roman": "Mac Roman",
}
_NAMES: Final = _WESTERN | {
    "cp1250": "Windows-1250",
    "iso8859-2": "ISO-8859-2",
    "cp1254": "Windows-1254",
    "cp1251": "Windows-1251",
    "koi8-r": "KOI8-R",
    "cp866": "DOS 866",
    "iso8859-5": "ISO-8859-5",
    "mac-cyrillic": "Mac Cyrillic",
    "cp1253": "Windows-1253",
    "iso8859-7": "ISO-8859-7",
}
# Words of Eastern Europe are Western ones where they make less sense by this; closer than that, it is asked.
_EASTERN_AHEAD: Final = 0.3
_EASTERN_LEAST: Final = 0.6
_SCRIPT_LEAST: Final = 0.7
_SCRIPT_AHEAD: Final = 0.06
# Mac Roman files are rare today: by this much more sense it must make, and by this much it is asked about.
_CLEARLY_AHEAD: Final = 0.25
_BARELY_AHEAD: Final = 0.05
# The sense made by what is possible but rare.
_RARE: Final = 0.75
# Letters of Windows-1252 and Mac Roman that few Western words have.
_RARE_LETTERS: Final = frozenset("šŠžŽœŒŸƒˆıﬁﬂˇ")
# Signs that stand between words or beside numbers in Western business text.
_COMMON_SIGNS: Final = frozenset("£€¥¢°§©®™«»“”„‘’‚–—…•·½¼¾²³¹×÷±µ¿¡ºª†\u00a0\u00ad´¨¸")


@dataclass
class TextScan:
    """What one pass over a text file found: its encoding and lines from all over it, decoded."""

    encoding: Detected
    head: str
    spread: list[str] = field(default_factory=list)
    whole: bool = False
    newline: str = "\n"
    question: Question | None = None


@dataclass
class _Pass:
    """Bytes collected in the one pass."""

    head: bytearray = field(default_factory=bytearray)
    spread: list[bytes] = field(default_factory=list)
    evidence: list[bytes] = field(default_factory=list)
    evidence_bytes: int = 0
    foreign: bool = False
    utf8_error: tuple[int, bytes] | None = None
    total: int = 0
    zero_line: int = 0


def scan_text(source: ByteSource, name: str, encoding: str | None = None) -> TextScan:
    """Read all of `source` once and tell its encoding; `encoding` overrules what would be found.

    Raises InputError where the bytes are no text, or no encoding explains them (with the line).
    """
    scan = recall(source.path, f"text {encoding}", TextScan)
    if scan is None:
        scan = _scan(source, name, encoding)
        keep(source.path, f"text {encoding}", TextScan, scan)
    return scan


def _scan(source: ByteSource, name: str, encoding: str | None) -> TextScan:
    first = source.read(CHUNK_BYTES)
    wide, bom = _by_bom_or_zeros(first, encoding, name)
    found = _collect(_transcoded(source, first, wide[0], name) if wide else _chunks(source, first))
    if not found.head.strip():
        raise InputError(f"{name} contains nothing but blank lines: there is nothing to import.")
    if found.zero_line:
        raise InputError(
            f"{name} is not text: line {found.zero_line:,} contains zero bytes. Import a CSV, XLSX or Parquet "
            "file."
        )
    if _is_binary(bytes(found.head[:_LOOKED_AT])):
        raise InputError(f"{name} is not text but data of another kind. Import a CSV, XLSX or Parquet file.")
    detected, question = (wide[1], None) if wide else _by_content(found, name, encoding, bom)
    codec = "utf-8" if wide else detected.value
    whole = len(found.head) == found.total
    if not whole and (ends := len(_LINE_END.findall(found.head))) < _MIN_LINES:
        raise InputError(
            f"{name} is not a table: line {ends + 1} is longer than {HEAD_SAMPLE_BYTES >> 20} MB. Import a CSV, "
            "XLSX or Parquet file."
        )
    head_bytes = bytes(found.head)
    if not whole:
        # The last line of a cut sample is no evidence of anything.
        head_bytes = head_bytes[: max(head_bytes.rfind(b"\n"), head_bytes.rfind(b"\r")) + 1] or head_bytes
    try:
        head = head_bytes.decode(codec, "strict" if whole else "ignore").removeprefix("\ufeff")
        spread = [piece.decode(codec, "ignore") for piece in found.spread]
    except UnicodeDecodeError as error:
        line = head_bytes[: error.start].count(b"\n") + 1
        raise _undecodable(name, line, head_bytes[error.start : error.end], detected.value) from None
    newline = "\n" if "\n" in head or "\r" not in head else "\r"
    return TextScan(detected, head, spread, whole, newline, question)


def _is_binary(data: bytes) -> bool:
    """Whether control characters are as common as no text has them."""
    return len(data.translate(None, _PRINTED)) > _MOST_CONTROLS * len(data)


def _by_bom_or_zeros(
    first: bytes, encoding: str | None, name: str
) -> tuple[tuple[str, Detected] | None, bool]:
    """A UTF-16 or UTF-32 codec with its finding, or None; and whether a UTF-8 mark was seen."""
    if encoding is not None:
        try:
            codec = codecs.lookup(encoding).name
        except LookupError:
            raise InputError(f"'{encoding}' is not an encoding that {name} could be read in.") from None
        if codec.startswith(("utf-16", "utf-32")):
            return (_with_endianness(codec, first), Detected(codec, "chosen", 1.0)), False
        return None, first.startswith(codecs.BOM_UTF8)
    for mark, codec, words in _BOMS:
        if first.startswith(mark):
            if codec == "utf-8":
                return None, True
            return (
                codec,
                Detected(codec, f"the file begins with the byte order mark of {words}", 1.0),
            ), False
    sample = first[:4096]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    half = max(len(sample) // 2, 1)
    for codec, zeros, others in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if zeros > 0.4 * half and others < 0.02 * half:
            return (codec, Detected(codec, "every second byte is zero, as in UTF-16", 0.95)), False
    return None, False


def _with_endianness(codec: str, first: bytes) -> str:
    if codec in ("utf-16", "utf-32"):
        return codec + ("-be" if first[:1] in (b"\x00", b"\xfe") else "-le")
    return codec


def _chunks(source: ByteSource, first: bytes) -> Iterator[bytes]:
    chunk = first
    while chunk:
        yield chunk
        chunk = source.read(CHUNK_BYTES)


def _transcoded(source: ByteSource, first: bytes, codec: str, name: str) -> Iterator[bytes]:
    stream = Utf8Stream(source, codec, name, first)
    while chunk := stream.read(CHUNK_BYTES):
        yield chunk


def _collect(chunks: Iterator[bytes]) -> _Pass:
    """One pass: the head, pieces from all over, lines with foreign bytes, the first UTF-8 fault."""
    found = _Pass()
    decoder = codecs.getincrementaldecoder("utf-8")()
    lines = chunks_seen = 0
    stride = 1
    for chunk in chunks:
        if len(found.head) < HEAD_SAMPLE_BYTES:
            found.head += chunk[: HEAD_SAMPLE_BYTES - len(found.head)]
        else:
            start = chunk.find(b"\n") + 1
            end = chunk.rfind(b"\n", start, start + SPREAD_SAMPLE_BYTES) + 1
            if start and end > start and chunks_seen % stride == 0:
                found.spread.append(chunk[start:end])
            chunks_seen += 1
            if len(found.spread) > MAX_SPREAD_PIECES:
                # Half as many, twice as far apart: the sample stays small, and from all over the file.
                found.spread, stride = found.spread[::2], 2 * stride
        found.total += len(chunk)
        if not found.zero_line and (zero := chunk.find(0)) >= 0:
            found.zero_line = lines + chunk.count(b"\n", 0, zero) + 1
        pending = bool(decoder.getstate()[0])
        if chunk.isascii() and not pending:
            lines += _line_feeds(chunk) if found.utf8_error is None else 0
            continue
        found.foreign = True
        if found.utf8_error is None:
            held = decoder.getstate()[0]
            try:
                decoder.decode(chunk)
                lines += _line_feeds(chunk)
            except UnicodeDecodeError as error:
                data = held + chunk
                bad = data[error.start : error.start + 4]
                found.utf8_error = (lines + data[: error.start].count(b"\n") + 1, bad)
        for line in _foreign_lines(chunk):
            if found.evidence_bytes > _EVIDENCE_BYTES:
                break
            found.evidence.append(line)
            found.evidence_bytes += len(line)
    if found.utf8_error is None and decoder.getstate()[0]:
        found.utf8_error = (lines + 1, decoder.getstate()[0])
    return found


def _line_feeds(data: bytes) -> int:
    return int(np.count_nonzero(np.frombuffer(data, np.uint8) == _LINE_FEED))


def _foreign_lines(chunk: bytes) -> Iterator[bytes]:
    """The lines of `chunk` that hold a byte beyond ASCII, none longer than it helps."""
    at = 0
    while match := _HIGH_BYTE.search(chunk, at):
        start = max(chunk.rfind(b"\n", at, match.start()) + 1, at, match.start() - 2048)
        end = chunk.find(b"\n", match.end(), match.end() + 2048)
        at = end if end >= 0 else match.end() + 2048
        yield chunk[start:at].rstrip(b"\r")


def _by_content(found: _Pass, name: str, encoding: str | None, bom: bool) -> tuple[Detected, Question | None]:
    """The encoding of a file of single bytes, and the question where two read it about as well.

    Raises InputError where none explains it.
    """
    if encoding is not None:
        chosen = _own_name(encoding)
        if chosen != "utf-8" or found.utf8_error is None:
            return Detected(chosen, "chosen", 1.0), None
    if not found.foreign:
        return Detected("utf-8", "every byte is plain ASCII", 1.0), None
    if found.utf8_error is None:
        mark = "begins with the byte order mark of UTF-8 and " if bom else ""
        return Detected("utf-8", f"the file {mark}is valid UTF-8 throughout", 1.0), None
    line, bad = found.utf8_error
    if encoding is not None:
        raise _undecodable(name, line, bad, encoding)
    sound = sum(_is_utf8(text) for text in found.evidence)
    shown = " ".join(f"0x{byte:02X}" for byte in bad[:1])
    if bom or sound > len(found.evidence) - sound:
        raise InputError(
            f"{name}, line {line}: the byte {shown} is not UTF-8, though the rest of the file is; nothing was "
            "imported. Save the file again as UTF-8, or name its encoding with --encoding."
        )
    sample = b"\n".join(found.evidence)
    western = _western(sample)
    if told := _eastern(sample, western[0] if western else None) or western or _script(sample):
        best, readings = told
        return best, _encoding_question(name, readings) if readings else None
    foreign = _foreign(sample)
    if foreign is None:
        raise InputError(
            f"{name}, line {line}: the byte {shown} fits no encoding that explains the file; nothing was "
            "imported. Save the file as UTF-8, or name its encoding with --encoding."
        )
    return foreign, None


def _own_name(encoding: str) -> str:
    """The one name that Lapwing uses for `encoding`, whichever of its names is given."""
    codec = codecs.lookup(encoding).name
    return next((name for name in _WESTERN if codecs.lookup(name).name == codec), codec)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


@dataclass(frozen=True)
class _Reading:
    """The foreign words of a file read in one encoding, and how much sense they make (-2 to 1)."""

    codec: str
    words: tuple[str, ...]
    score: float


def _western(sample: bytes) -> tuple[Detected, tuple[_Reading, ...]] | None:
    """ISO-8859-1, Windows-1252 or Mac Roman, whichever makes words of the foreign bytes.

    Mac Roman only where it makes clearly more sense; where it makes a little more, both readings are
    given back as well, for a person to choose.
    """
    if _is_script(sample):
        return None
    plain = "iso-8859-15" if b"\xa4" in sample else "iso-8859-1"
    windows = _reading(sample, "cp1252" if _C1.search(sample) else plain)
    mac = _reading(sample, "mac_roman")
    if windows is None or mac is None:
        best, close = windows or mac, False
    else:
        ahead = mac.score - windows.score if mac.words != windows.words else 0.0
        best = mac if ahead > _CLEARLY_AHEAD else windows
        close = best is windows and ahead > _BARELY_AHEAD
    if best is None or best.score < 0.5:
        return None
    example = next(char for char in sample.decode(best.codec) if ord(char) > 127)
    count = sum(byte > 127 for byte in sample)
    bytes_words = "1 foreign byte" if count == 1 else f"{count:,} foreign bytes"
    make = "makes" if count == 1 else "make"
    detected = Detected(
        best.codec,
        f"not UTF-8; its {bytes_words} read as {_WESTERN[best.codec]} {make} sense (for example '{example}')",
        0.5 if close else min(0.6 + 0.4 * best.score, 0.97),
    )
    return detected, (best, mac) if close and mac else ()


def _eastern(sample: bytes, western: Detected | None) -> tuple[Detected, tuple[_Reading, ...]] | None:
    """A Central European or Turkish encoding, where its words make more sense than the `western` ones.

    Where they make a little more, both readings are given back, for a person to choose.
    """
    if _is_script(sample):
        return None
    base = _reading(sample, western.value if western else "cp1252") or _reading(sample, "iso-8859-1")
    mac = _reading(sample, "mac_roman")
    if base is None or mac is None:
        return None
    best: tuple[float, _Reading] | None = None
    for codec, languages in EASTERN.items():
        reading = _reading(sample, codec)
        if reading is None or (codec.startswith("iso") and _C1.search(sample)):
            continue
        # What both read the same way says nothing.
        differing = {
            tuple(re.sub(r"\d+", "0", word) for word in words)
            for words in zip(reading.words, base.words, mac.words, strict=False)
            if words[0] != words[1]
        }
        if not differing:
            continue
        own, *others = zip(*sorted(differing), strict=True)
        score = eastern_sense(own, languages)
        ahead = score - max(western_sense(words) for words in others)
        if score >= _EASTERN_LEAST and ahead > 0.0 and (best is None or ahead > best[0]):
            best = (ahead, reading)
    if best is None:
        return None
    ahead, reading = best
    example = next(word for word, other in zip(reading.words, base.words, strict=False) if word != other)
    words = f"not UTF-8; its words make the most sense read as {_NAMES[reading.codec]} (for example '{example[:40]}')"
    close = ahead <= _EASTERN_AHEAD
    detected = Detected(reading.codec, words, 0.5 if close else min(0.6 + 0.3 * ahead, 0.9))
    return detected, (reading, base) if close else ()


def _is_script(sample: bytes) -> bool:
    """Whether most foreign bytes come in runs, as in words of a script of its own."""
    return sum(len(run) for run in _HIGH_RUN.findall(sample)) > 0.3 * sum(byte > 127 for byte in sample)


def _script(sample: bytes) -> tuple[Detected, tuple[_Reading, ...]] | None:
    """A Cyrillic or Greek encoding; two readings where both make about as much sense."""
    found: list[_Reading] = []
    for codec, letters in SCRIPTS.items():
        if (reading := _reading(sample, codec)) is not None:
            shapes = tuple(dict.fromkeys(re.sub(r"\d+", "0", word) for word in reading.words))
            found.append(_Reading(codec, reading.words, script_sense(shapes, letters)))
    found.sort(key=lambda each: -each.score)
    if not found or found[0].score < _SCRIPT_LEAST:
        return None
    best = found[0]
    close = [
        each for each in found[1:] if each.words != best.words and best.score - each.score < _SCRIPT_AHEAD
    ]
    words = f"not UTF-8; read as {_NAMES[best.codec]} it makes the most sensible text (for example '{best.words[0][:40]}')"
    return Detected(best.codec, words, 0.5 if close else min(best.score, 0.95)), (
        best,
        close[0],
    ) if close else ()


def _reading(sample: bytes, codec: str) -> _Reading | None:
    """The distinct foreign words of `sample` in `codec`, or None where it has no such characters.

    Each word counts once, whatever its digits: a pattern that ids repeat is one piece of evidence.
    """
    try:
        words = tuple(dict.fromkeys(word.decode(codec) for word in _FOREIGN_WORD.findall(sample)))
    except UnicodeDecodeError:
        return None
    shapes = dict.fromkeys(re.sub(r"\d+", "0", word) for word in words)
    return _Reading(codec, words, _plausibility("\n".join(shapes)))


def _encoding_question(name: str, readings: tuple[_Reading, ...]) -> Question:
    """Which of two encodings, by a word that they read differently."""
    pairs = zip(*(reading.words for reading in readings), strict=False)
    example = next(pair for pair in pairs if len(set(pair)) > 1)
    choices = tuple(
        (reading.codec, f"{_NAMES[reading.codec]}: '{word[:40]}'")
        for reading, word in zip(readings, example, strict=True)
    )
    either = " or ".join(f"{label}" for _, label in choices)
    text = f"The encoding of {name} may be {either}; nothing was imported. Choose the one that reads right."
    return Question("encoding", text, choices, "--encoding {value}")


def _plausibility(text: str) -> float:
    """Mean sense made by the foreign characters of `text`, -2 (none) to 1 (all)."""
    score, count = 0.0, 0
    for at, char in enumerate(text):
        if ord(char) < 128:
            continue
        count += 1
        before = text[at - 1] if at else "\n"
        after = text[at + 1] if at + 1 < len(text) else "\n"
        if char.isalpha() and char not in "ªº":
            score += _sense_of_letter(char, before, after)
        elif char in _COMMON_SIGNS:
            score += _sense_of_sign(char, before, after, text[at + 1 : at + 4])
        else:
            score -= 2
    return score / max(count, 1)


def _sense_of_letter(char: str, before: str, after: str) -> float:
    if (char.isupper() and before.islower()) or (char.islower() and before.islower() and after.isupper()):
        return -1.0
    beside = [each for each in (before, after) if each.isalpha()]
    if not any(each.isascii() for each in beside):
        # Letters that are as foreign themselves are weak evidence, and none at all is none.
        return 0.5 if beside else 0.0
    return _RARE if char in _RARE_LETTERS else 1.0


def _sense_of_sign(char: str, before: str, after: str, following: str) -> float:
    between = all(each.isascii() and each.isalpha() for each in (before, after))
    if not between or char in "\u00ad´":
        return 1.0
    if char in "’‘":
        # As in it's and l'eau and O'Brien; elsewhere hardly, as in ma'am.
        usual = before in "lLdDO" or re.match(r"(?:s|t|d|m|ll|re|ve)\b", following)
        return 1.0 if usual else _RARE
    return _RARE if char in "–—" else -0.5


def _foreign(sample: bytes) -> Detected | None:
    """A non-Western encoding, where there is enough text to tell one from another."""
    if sum(byte > 127 for byte in sample) < _MIN_FOREIGN_BYTES:
        return None
    import charset_normalizer

    best = charset_normalizer.from_bytes(sample[: 1 << 16]).best()
    if best is None or best.chaos > 0.2:
        return None
    return Detected(
        codecs.lookup(best.encoding).name,
        f"not UTF-8; read as {best.encoding} it makes the most sensible text",
        max(0.5, min(best.coherence + 0.5, 0.9)),
    )


def _undecodable(name: str, line: int, bad: bytes, encoding: str) -> InputError:
    shown = f"byte 0x{bad[0]:02X}" if bad else "end of the file"
    return InputError(
        f"{name}, line {line:,}: the {shown} is not {encoding}; nothing was imported. "
        "Choose another encoding with --encoding, or save the file as UTF-8."
    )


class Utf8Stream:
    """A `ByteSource` in any encoding, read forward as UTF-8 without its byte order mark.

    Lines that end in a lone carriage return (old Macs) come out ending in a line feed. Also notes which
    physical lines are blank (counted from 1), which the table reader cannot tell from a row of empty cells,
    and the length of the longest line so far in bytes. Where it `remembers`, lines can be read again until
    they are forgotten.
    """

    def __init__(
        self, source: ByteSource, encoding: str, name: str, first: bytes = b"", *, remembers: bool = False
    ) -> None:
        self._source = source
        self._remembered: deque[tuple[int, int, bytes]] | None = deque() if remembers else None
        self._encoding = encoding
        self._name = name
        self._pending = first
        self._decoder = None if encoding == "utf-8" else codecs.getincrementaldecoder(encoding)("strict")
        self._at_start = True
        self._only_returns = False
        self._read_lines = 0
        # Where the last line ended, counted from the beginning of the next piece.
        self._last_end = -1
        self._last_byte = _LINE_FEED
        self._held = b""
        self._blank_lines: deque[npt.NDArray[np.int64]] = deque()
        # The lines of the pieces last looked at again.
        self._cut: tuple[tuple[int, int, int], list[bytes]] = ((0, 0, 0), [])
        # Whether cells may be written as ="00123".
        self.has_protected = False
        self.closed = False

    def read(self, size: int = CHUNK_BYTES) -> bytes:
        """The next up to `size` bytes of UTF-8 (as text grows, the rest is held); empty at the end."""
        if not self._held:
            self._held = self._next()
        out, self._held = self._held[:size], self._held[size:]
        return out

    def _next(self) -> bytes:
        while True:
            data, self._pending = self._pending or self._source.read(CHUNK_BYTES), b""
            out = self._recode(data)
            if self._at_start and out:
                self._at_start = False
                out = out.removeprefix(codecs.BOM_UTF8)
                self._only_returns = b"\r" in out and b"\n" not in out
            if out:
                if self._only_returns:
                    out = out.replace(b"\r", b"\n")
                self._note_blank_lines(out)
                return out
            if not data:
                return b""

    def _recode(self, data: bytes) -> bytes:
        if self._decoder is None:
            return data
        try:
            return self._decoder.decode(data, final=not data).encode("utf-8")
        except UnicodeDecodeError as error:
            line = self._read_lines + error.object[: error.start].count(b"\n") + 1
            bad = error.object[error.start : error.end]
            raise _undecodable(self._name, line, bad, self._encoding) from None

    def _note_blank_lines(self, data: bytes) -> None:
        every = np.frombuffer(data, np.uint8)
        ends = np.flatnonzero(every == _LINE_FEED)
        if len(ends):
            lengths = np.diff(ends, prepend=self._last_end) - 1
            if int(lengths.min()) <= 1:
                before = every[ends - 1]
                if ends[0] == 0:
                    before[0] = self._last_byte
                blank = (lengths == 0) | ((lengths == 1) & (before == _RETURN))
                if blank.any():
                    self._blank_lines.append(self._read_lines + 1 + np.flatnonzero(blank))
            self._last_end = int(ends[-1])
        if self._remembered is not None:
            self.has_protected |= b'="' in data or (self._last_byte == ord("=") and data[:1] == b'"')
            self._remembered.append((self._read_lines + 1, self._read_lines + 1 + len(ends), data))
        self._read_lines += len(ends)
        self._last_byte = data[-1]
        self._last_end -= len(data)

    def take_blank_lines(self) -> npt.NDArray[np.int64]:
        """The blank lines seen since this was last asked; the reader may be ahead, in a thread of its own."""
        found = [self._blank_lines.popleft() for _ in range(len(self._blank_lines))]
        return np.concatenate([np.empty(0, np.int64), *found])

    def lines(self, first: int, last: int) -> list[str]:
        """The physical lines `first` to `last` again, without their ends; fewer where they are forgotten."""
        pieces = [piece for piece in list(self._remembered or ()) if piece[1] >= first and piece[0] <= last]
        if not pieces or pieces[0][0] > first:
            return []
        key = (pieces[0][0], pieces[-1][1], len(pieces))
        if self._cut[0] != key:
            self._cut = (key, b"".join(data for _, _, data in pieces).split(b"\n"))
        return [line.decode("utf-8") for line in self._cut[1][first - key[0] : last - key[0] + 1]]

    def forget(self, before: int) -> None:
        """Let go of the pieces that end before line `before`."""
        while self._remembered and self._remembered[0][1] < before:
            self._remembered.popleft()

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self.closed = True
