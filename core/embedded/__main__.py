"""What the Makefile calls: `python -m core.embedded run | exec COMMAND… | backup FILE | restore FILE`."""

import os
import signal
import sys
from collections.abc import Sequence

from core.embedded import backup, processes, run, temporary
from core.embedded.processes import Trouble

USAGE = "python -m core.embedded run | exec COMMAND… | backup FILE | restore FILE\n"


def main(words: Sequence[str]) -> int:
    match words:
        case ["run"]:
            processes.end_with(os.getppid(), signal.SIGTERM)
            return run.run()
        case ["exec", *command] if command:
            return temporary.execute(command)
        case ["backup", file] if file:
            return backup.backup(file)
        case ["restore", file] if file:
            return backup.restore(file)
    sys.stderr.write(USAGE)
    return 2


try:
    status = main(sys.argv[1:])
except Trouble as trouble:
    sys.stderr.write(f"{trouble}\n")
    status = 1
sys.exit(status)
