"""``eventbench completion``: completion of commands and options in a shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from eventbench.cli.groups import example


@click.command("completion", epilog=example("completion bash > ~/.eventbench-completion"))
@click.argument(
    "shell", type=click.Choice(["bash", "zsh", "fish"]), metavar="SHELL", help="bash, zsh or fish"
)
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print the script that completes commands and options in a shell.

    \b
    bash: eventbench completion bash > ~/.eventbench-completion
          and in ~/.bashrc: . ~/.eventbench-completion
    zsh:  eventbench completion zsh > ~/.eventbench-completion
          and in ~/.zshrc: . ~/.eventbench-completion
    fish: eventbench completion fish > ~/.config/fish/completions/eventbench.fish
    """
    completion = get_completion_class(shell)
    assert completion is not None
    program = context.find_root()
    name = program.info_name or ""
    print(completion(program.command, {}, name, f"_{name.upper()}_COMPLETE").source())
