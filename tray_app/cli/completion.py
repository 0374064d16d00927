"""`completion`: the script that makes a shell complete commands and options."""

from __future__ import annotations

import click
from click.shell_completion import shell_complete

from tray_app.cli import powershell  # noqa: F401 - click then knows it
from tray_app.cli.main import COMPLETE_VARIABLE
from tray_app.system.hardening import pop_secret_environment


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish", "powershell"]))
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
    PowerShell, in $PROFILE:
      webex-token-tray completion powershell | Out-String | Invoke-Expression
    """
    pop_secret_environment()  # click starts the shell to ask its version
    root = context.find_root()
    name = root.info_name or ""
    return shell_complete(root.command, {}, name, COMPLETE_VARIABLE, f"{shell}_source")
