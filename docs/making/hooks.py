"""What mkdocs does besides for this site: documents from outside docs/, the commands, and nothing from elsewhere.

The repository's own documents (`PAGES`) are pages too. Links are written as they work in the repository; here each
is turned into one that works in the site, and one to a file that is no page becomes plain text.
"""

from __future__ import annotations

import posixpath
import re
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).parent.parent.parent
#: Documents outside docs/ that are pages of the site, by the same name.
PAGES = ("ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "benchmarks/README.md", "examples/README.md")

_LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
_FENCE = re.compile(r"(^```.*?^```\s*$)", re.DOTALL | re.MULTILINE)
#: What a browser fetches by itself.
_FETCHED = re.compile(r"<(?:script|img|iframe|source|link)\b[^>]*?\b(?:src|href)=[\"']?((?:https?:)?//[^\"'\s>]+)")
_FETCHED_BY_STYLE = re.compile(r"(?:url\(|@import\s+)[\"']?((?:https?:)?//[^\"')\s]+)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the repository's documents to the pages."""
    for name in PAGES:
        files.append(File.generated(config, name, abs_src_path=str(ROOT / name)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001
    """Turn links of the repository into links of the site; put the commands in their place."""
    name = page.file.src_uri
    here = name if name in PAGES else f"docs/{name}"
    # Odd parts are code blocks, in which nothing is a link.
    parts = _FENCE.split(markdown)
    for number in range(0, len(parts), 2):
        parts[number] = _LINK.sub(lambda link: _in_site(link, here, name, files), parts[number])
    return "".join(parts).replace("<!-- commands -->", _commands() if name == "cli.md" else "")


def _in_site(link: re.Match[str], here: str, page: str, files: Files) -> str:
    """A link as it works in the site; its text alone where it leads to what is no page."""
    picture, text, target = link.groups()
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or not parts.path:
        return link[0]
    path = posixpath.normpath(posixpath.join(posixpath.dirname(here), parts.path))
    if not (ROOT / path).exists():
        return link[0]  # mkdocs says that it leads nowhere
    path = {"README.md": "index.md"}.get(path, path.removeprefix("docs/"))
    if files.get_file_from_path(path) is None:
        return text
    address = posixpath.relpath(path, posixpath.dirname(page) or ".")
    return f"{picture}[{text}]({address}{'#' + parts.fragment if parts.fragment else ''})"


def _commands() -> str:
    """The reference of each command: what click says of it, then its examples."""
    from naskh.cli import COMMANDS

    parts = []
    for name, module in COMMANDS.items():
        command = getattr(import_module(f"naskh.cli.{module}"), f"{name}_command")
        examples = (command.epilog or "").replace("\b\n", "").partition("Examples:\n")[2] or ""
        shown = "\n".join(line.strip() for line in examples.splitlines())
        parts += [
            "::: mkdocs-click", f"    :module: naskh.cli.{module}", f"    :command: {name}_command",
            f"    :prog_name: naskh {name}", "    :depth: 1", "    :style: plain", "",
            *(["Examples:", "", "```text", shown, "```", ""] if shown else []),
        ]  # fmt: skip
    return "\n".join(parts)


def on_post_build(config: MkDocsConfig) -> None:
    """Refuse a site that fetches anything from elsewhere.

    Raises:
        PluginError: it does; the message names page and address.

    """
    for kind, pattern in (("html", _FETCHED), ("css", _FETCHED_BY_STYLE)):
        for file in Path(config.site_dir).rglob(f"*.{kind}"):
            foreign = [address for address in pattern.findall(file.read_text()) if not _is_own(address, config)]
            if foreign:
                raise PluginError(f"{file} fetches from elsewhere: {', '.join(foreign)}")


def _is_own(address: str, config: MkDocsConfig) -> bool:
    return bool(config.site_url) and address.startswith(str(config.site_url))
