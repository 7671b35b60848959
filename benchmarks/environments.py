"""The Pythons that the entrants run on: the course's, or one of their own.

Flower and FedJAX need other versions of packages that the course pins. Each has a locked environment
in its folder here; the first `make bench` creates it, and later ones only check that it is in step.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


class Unavailable(Exception):
    """An entrant's environment isn't there and can't be created; the message says why."""


def python(name):
    """The Python of the environment `name`; of the course's, where it is None.

    Raises:
        Unavailable: it could not be made.
    """
    if name is None:
        return sys.executable
    uv = shutil.which("uv") or shutil.which("uv", path=HERE.parent / ".uv" / "bin")
    if uv is None:
        raise Unavailable("uv, which would make its environment, was not found: run `make setup`")
    folder = HERE / name
    # --frozen: what the lock says, without asking any index whether the lock could be newer.
    command = [uv, "sync", "--quiet", "--frozen", "--project", folder, "--python", sys.executable]
    variables = os.environ | {"UV_PROJECT_ENVIRONMENT": ".venv"}
    variables.pop("VIRTUAL_ENV", None)
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print(done.stderr, file=sys.stderr)
        # The reason is written into the results, where nobody's private index has a place.
        reason = re.sub(r"\w+://\S+", "...", done.stderr.strip().partition("\n")[0])
        raise Unavailable(f"its environment could not be made ({reason})")
    return folder / ".venv" / "bin" / "python"
