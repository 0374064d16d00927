"""Completion for PowerShell 5.1 and later. Later versions of click have their own, which breaks
paths: it treats each backslash as an escape, and leaves a path with a space unquoted.

The script follows PowerShell's documentation; it has not been run.
"""

from __future__ import annotations

import os
from typing import ClassVar

from click.shell_completion import CompletionItem, ShellComplete, add_completion_class

_SCRIPT = """\
Register-ArgumentCompleter -Native -CommandName '%(prog_name)s' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $before = $commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursorPosition }
    $env:COMP_WORDS = ($before | ForEach-Object { $_.Extent.Text.Trim("'`"") }) -join "`n"
    $env:COMP_CWORD = $wordToComplete
    $env:%(complete_var)s = 'powershell_complete'
    $program = $commandAst.GetCommandName()
    try {
        & $program 2>$null | ForEach-Object {
            $type, $value, $help = $_ -split "`t", 3
            # A path is left to PowerShell, which completes it if nothing is returned.
            if ($type -eq 'plain') {
                [System.Management.Automation.CompletionResult]::new(
                    $value, $value, 'ParameterValue', $help)
            }
        }
    } finally {
        Remove-Item Env:COMP_WORDS, Env:COMP_CWORD, Env:%(complete_var)s -ErrorAction Ignore
    }
}
"""


class PowerShell(ShellComplete):
    """COMP_WORDS has the words before the cursor, one per line; COMP_CWORD the incomplete word.
    PowerShell removes COMP_CWORD if it is empty."""

    name: ClassVar[str] = "powershell"
    source_template: ClassVar[str] = _SCRIPT

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words after the program's name, and the incomplete word."""
        words = os.environ.get("COMP_WORDS", "").splitlines()
        return words[1:], os.environ.get("COMP_CWORD", "")

    def format_completion(self, item: CompletionItem) -> str:
        """Return one line; PowerShell refuses an empty help."""
        return f"{item.type}\t{item.value}\t{' '.join((item.help or item.value).split())}"


add_completion_class(PowerShell)
