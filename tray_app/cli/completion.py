"""`completion`: the script that makes a shell complete commands and options."""

from __future__ import annotations

import click
from click.shell_completion import shell_complete

from tray_app.system.hardening import pop_secret_environment

_VARIABLE = "_WEBEX_TOKEN_TRAY_COMPLETE"
"""The variable by which the shell asks: click derives it from the program's name."""


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> int:
    """Print what makes SHELL complete commands and options.

    \b
    bash, in ~/.bashrc:
      eval "$(webex-token-tray completion bash)"
    zsh, in ~/.zshrc, after compinit:
      eval "$(webex-token-tray completion zsh)"
    fish:
      webex-token-tray completion fish >~/.config/fish/completions/webex-token-tray.fish
    """
    pop_secret_environment()  # click starts the shell to ask its version
    root = context.find_root()
    name = root.info_name or ""
    return shell_complete(root.command, {}, name, _VARIABLE, f"{shell}_source")
