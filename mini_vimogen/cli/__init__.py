"""The command line: ``python -m mini_vimogen COMMAND``.

A command is one function in a module of its own. It reads its arguments from
its signature, imports what is heavy inside itself (``--help`` stays quick),
and reports bad input by raising ``ValueError`` or an ``OSError``, and a model
that answers NaN by ``FloatingPointError``.
"""

import os
import sys
from collections.abc import Callable, Sequence

from mini_vimogen.cli import (
    check,
    complete,
    demo,
    evaluate,
    export,
    harvest,
    lab,
    lift,
    study,
    train,
)

COMMANDS: dict[str, Callable[..., int | None]] = {
    "check": check.check,
    "lab": lab.lab,
    "demo": demo.demo,
    "lift": lift.lift,
    "complete": complete.complete,
    "harvest": harvest.harvest,
    "evaluate": evaluate.evaluate,
    "train": train.train,
    "study": study.study,
    "export": export.export,
}
"""Every subcommand. The value it returns is the exit status (None is 0)."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; bad input becomes one sentence and exit status 2.

    Args:
        arguments: words after the program's name; None takes ``sys.argv``.

    Returns:
        The exit status.
    """
    import tyro

    try:
        status = tyro.extras.subcommand_cli_from_dict(
            COMMANDS,
            prog="python -m mini_vimogen",
            description="Video and text to 3D human motion, to learn from.",
            args=arguments,
        )
    except BrokenPipeError:  # the reader of our output (head, say) has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (ValueError, OSError, FloatingPointError) as error:
        sentence = " ".join(str(error).split())
        print(f"mini_vimogen: {sentence}", file=sys.stderr)
        return 2
    return status or 0
