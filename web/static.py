"""Scripts, styles and fonts: compressed beforehand, under addresses that change with their content.

An address is `/static/<fingerprint>/<package>/<path>`. The fingerprint stands before the path, so that a script
that loads another one from its own folder (Dash's lazy parts, the icons' font) names the right one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from wsgiref.headers import Headers

from whitenoise import WhiteNoise
from whitenoise.responders import Response, StaticFile

from web.compressed import Shelf, fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX = "/static/"
FOREVER = "public, max-age=31536000, immutable"
# An address of an earlier version, asked by a tab that was open meanwhile: the file as it is now.
SHORT = "public, max-age=60"
COMPRESSED = {".js", ".css", ".svg"}
SHARED = ("base.css", "tokens.css")

# Package to the files of it that a browser may ask for.
PACKAGES: dict[str, tuple[str, ...]] = {
    "dash": (
        "deps/polyfill@*.min.js",
        "deps/react@18*.min.js",
        "deps/react-dom@18*.min.js",
        "deps/prop-types@*.min.js",
        "dash-renderer/build/dash_renderer.min.js",
        "dcc/dash_core_components*.js",
        "dcc/async-*.js",
        "html/dash_html_components.min.js",
    ),
    "dash_bootstrap_components": ("_components/dash_bootstrap_components.min.js",),
    "dash_ag_grid": ("dash_ag_grid.min.js", "async-community.js"),
    "plotly": ("package_data/plotly.min.js",),
    "flask_bootstrap": (
        "static/bootstrap5/css/bootstrap.min.css",
        "static/bootstrap5/css/font/bootstrap-icons.min.css",
        "static/bootstrap5/css/font/fonts/bootstrap-icons.woff2",
    ),
}
# Lazy parts that nothing here uses: there for whoever does, but not worth compressing beforehand.
UNUSED = ("async-mathjax.js", "async-highlight.js", "async-markdown.js")
OWN = "lapwing"

BOOTSTRAP = "flask_bootstrap/static/bootstrap5/css/bootstrap.min.css"
ICONS = "flask_bootstrap/static/bootstrap5/css/font/bootstrap-icons.min.css"
ICONS_FONT = "flask_bootstrap/static/bootstrap5/css/font/fonts/bootstrap-icons.woff2"
GRID = "dash_ag_grid/dash_ag_grid.min.js"
GRID_PART = "dash_ag_grid/async-community.js"
PLOTLY = "plotly/package_data/plotly.min.js"
GRAPH = "dash/dcc/async-graph.js"
THEME = f"{OWN}/theme.js"
MARK = f"{OWN}/mark.svg"


@dataclass(frozen=True)
class Source:
    """A file to serve: the path in its address after the fingerprint, where it lies, what it holds."""

    name: str
    path: Path
    content: bytes

    @property
    def package(self) -> str:
        return self.name.partition("/")[0]


def package_sources() -> list[Source]:
    """The files of Dash, Bootstrap and plotly that pages load."""
    found = []
    for package, patterns in PACKAGES.items():
        # Found without being imported: what a package does on import is no business of its files.
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            continue
        root = Path(spec.origin).parent
        for pattern in patterns:
            found += [
                Source(f"{package}/{path.relative_to(root).as_posix()}", path, path.read_bytes())
                for path in sorted(root.glob(pattern))
            ]
    return found


def own_sources(folder: Path, shelf: Shelf) -> list[Source]:
    """Our own files: `theme.js` and pictures each, the rest as one stylesheet and one script.

    Where the two cannot be written, each file of `folder` stands for itself.
    """
    found_files = (path for path in folder.iterdir() if path.suffix in COMPRESSED)
    # What all pages share comes before what is a page's own.
    files = sorted(found_files, key=lambda path: (path.name not in SHARED, path.name))
    alone = [path for path in files if path.name == "theme.js" or path.suffix == ".svg"]
    found = [Source(f"{OWN}/{path.name}", path, path.read_bytes()) for path in alone]
    for suffix, glue in ((".css", b"\n"), (".js", b"\n;\n")):
        parts = [path for path in files if path.suffix == suffix and path not in alone]
        content = glue.join(path.read_bytes() for path in parts)
        kept = shelf.keep(f"{fingerprint(content)}{suffix}", content)
        if kept is not None:
            found.append(Source(f"{OWN}/{OWN}{suffix}", kept, content))
        else:
            found += [Source(f"{OWN}/{path.name}", path, path.read_bytes()) for path in parts]
    return found


class Static:
    """The files to serve and their addresses."""

    def __init__(self, assets: Path, cache: Path) -> None:
        """`assets`: folder of our own files; `cache`: private folder for what is made of them."""
        shelf = Shelf(cache)
        self.sources = {source.name: source for source in (*package_sources(), *own_sources(assets, shelf))}
        packages: dict[str, list[bytes]] = {}
        for source in self.sources.values():
            packages.setdefault(source.package, []).append(source.content)
        self._fingerprints = {package: fingerprint(*contents) for package, contents in packages.items()}
        worth = [
            source
            for source in self.sources.values()
            if source.path.suffix in COMPRESSED and not source.name.endswith(UNUSED)
        ]
        names = {source.name: fingerprint(source.content) for source in worth}
        copies = shelf.copies({names[source.name]: source.content for source in worth})
        self._copies = {name: copies[mark] for name, mark in names.items()}

    def url(self, name: str) -> str:
        """The address of a file, as `package/path`."""
        return f"{PREFIX}{self._fingerprints[name.partition('/')[0]]}/{name}"

    @property
    def own(self) -> list[str]:
        """The addresses of our own styles and scripts, in the order in which they are read; without `theme.js`."""
        names = [name for name in self.sources if name.startswith(f"{OWN}/") and name != THEME]
        return [self.url(name) for name in names if name.endswith((".css", ".js"))]

    def serve(self, application: Callable[..., Any]) -> Files:
        """`application` with these files in front of it."""
        return Files(application, self)

    def served(self) -> Iterator[tuple[Source, dict[str, Path]]]:
        """Each file with its compressed copies."""
        for name, source in self.sources.items():
            yield source, self._copies.get(name, {})


class Files(WhiteNoise):  # type: ignore[misc]  # it ships no types
    """A WSGI application that answers for static files and hands everything else on."""

    def __init__(self, application: Callable[..., Any], static: Static) -> None:
        super().__init__(application, allow_all_origins=False, add_headers_function=_headers)
        self._now: dict[str, StaticFile] = {}
        self._before: dict[str, StaticFile] = {}
        for source, copies in static.served():
            encodings = {encoding: str(path) for encoding, path in copies.items()}
            address = static.url(source.name)
            self._now[address] = self._file(source, encodings, address, FOREVER)
            self._before[source.name] = self._file(source, encodings, address, SHORT)

    def _file(self, source: Source, encodings: dict[str, str], address: str, keep: str) -> StaticFile:
        headers = Headers([])
        self.add_mime_headers(headers, str(source.path), address)
        headers["Cache-Control"] = keep
        _headers(headers)
        headers["ETag"] = f'"{fingerprint(source.content)}"'
        return StaticFile(str(source.path), headers.items(), encodings=encodings)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request for a static file; everything else goes to the application."""
        path = environ.get("PATH_INFO", "")
        found = None
        if path.startswith(PREFIX):
            found = self._now.get(path) or self._before.get(path[len(PREFIX) :].partition("/")[2])
            found = found or NOT_FOUND
        answer: Iterable[bytes] = (
            self.serve(found, environ, start_response)
            if found is not None
            else self.application(environ, start_response)
        )
        return answer


class _NotFound:
    """Dash answers any address with its page; a script that is a page would only be harder to understand."""

    def get_response(self, *_: Any) -> Response:
        return Response(HTTPStatus.NOT_FOUND, [("Content-Length", "0"), ("Cache-Control", "no-store")], None)


NOT_FOUND = _NotFound()


def _headers(headers: Headers, *_: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
