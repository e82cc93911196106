"""``naskh completion``: what a shell needs to complete commands, options and files."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

#: What the shell sets when it asks naskh for completions; click's own name for it.
_VARIABLE = "_NASKH_COMPLETE"


@click.command(
    "completion",
    epilog="""\b
Examples:
  naskh completion bash > ~/.local/share/bash-completion/completions/naskh
  naskh completion zsh > ~/.zfunc/_naskh                         ~/.zfunc being in fpath
  naskh completion fish > ~/.config/fish/completions/naskh.fish""",
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion_command(shell: str) -> None:
    """Print the script that lets a shell complete naskh's commands, options and files."""
    made = get_completion_class(shell)
    assert made is not None  # noqa: S101 - click knows these three
    click.echo(made(click.get_current_context().find_root().command, {}, "naskh", _VARIABLE).source())
