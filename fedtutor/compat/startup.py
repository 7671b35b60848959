"""Lets `import tensorflow_federated` be a program's first import, before anything of fedtutor.

The installation copies this file next to the installed packages, as `_fedtutor_startup.py`, and adds a
.pth file that imports it whenever Python starts. So it imports nothing itself: it waits until
somebody imports TFF, and only then has fedtutor prepare for it.
"""

import sys


class _Finder:
    """Is asked first where a module is, and only answers for TFF."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name != "tensorflow_federated":
            return None
        sys.meta_path.remove(_Finder)
        import importlib.util

        import fedtutor.compat  # noqa: F401  (its own finders answer from now on)

        return importlib.util.find_spec(name)


sys.meta_path.insert(0, _Finder)
