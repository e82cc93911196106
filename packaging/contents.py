"""Whether sdist and wheel hold what they must: ``python packaging/contents.py FOLDER``.

All of the package is in both: code, templates, words, static files, the vendored library with its licences. The
sdist has the tests besides, and all that these read.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
#: Not of the package: what tests and `make` need of a source distribution.
NEEDED = ("tests/", "benchmarks/", "examples/", "docs/", "packaging/")
FILES = (
    *("README.md", "CHANGELOG.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "LICENSE"),
    *("Dockerfile", "Makefile", "mkdocs.yml", "pyproject.toml", ".pre-commit-config.yaml"),
)


def main(folder: Path) -> None:
    """Look into both; ends with a message that names what is missing, or what should not be there."""
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as archive:
        in_wheel = set(archive.namelist())
    with tarfile.open(sdist) as archive:
        in_sdist = {member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()}
    tracked = set(_git("ls-files"))
    package = {name.removeprefix("src/") for name in tracked if name.startswith("src/naskh/")}
    wanted = {name for name in tracked if name.startswith(("src/", *NEEDED))} | set(FILES)
    licences = {f"LICENSE{name.partition('LICENSE')[2]}" for name in package if "/LICENSE" in name} | {"LICENSE"}
    found = {name.rpartition("/")[2] for name in in_wheel if ".dist-info/licenses/" in name}
    _same("wheel", package, {name for name in in_wheel if ".dist-info/" not in name})
    _same("licences of the wheel", licences, found)
    _same("sdist", wanted, in_sdist - {"PKG-INFO", ".gitignore"})
    print(f"{wheel.name}: {len(in_wheel)} files; {sdist.name}: {len(in_sdist)} files")


def _git(*arguments: str) -> list[str]:
    return subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()


def _same(what: str, wanted: set[str], found: set[str]) -> None:
    if wanted != found:
        sys.exit(f"{what}: missing {sorted(wanted - found)}, not wanted {sorted(found - wanted)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
