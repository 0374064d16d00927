"""`completion`: what makes a shell complete verbs and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from tray_app.cli.exit_codes import Exit
from tray_app.model.errors import TrayError
from tray_app.system.hardening import pop_secret_environment

_VARIABLE = "_WEBEX_TOKEN_TRAY_COMPLETE"
"""By it the shell asks; click derives the name from the program's."""


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> int:
    """Print the script that makes SHELL complete commands and options.

    \b
    bash, in ~/.bashrc:
      eval "$(webex-token-tray completion bash)"
    zsh, in ~/.zshrc, after compinit:
      eval "$(webex-token-tray completion zsh)"
    fish:
      webex-token-tray completion fish >~/.config/fish/completions/webex-token-tray.fish
    """
    root = context.find_root()
    pop_secret_environment()  # the shell is asked for its version
    made = get_completion_class(shell)
    if made is None or root.info_name is None:  # one that this click does not know
        raise TrayError(f"There is no completion for {shell}.")
    click.echo(made(root.command, {}, root.info_name, _VARIABLE).source())
    return Exit.GREEN
