"""The versions of Python and TensorFlow that the course runs on, and what to do about others."""

import platform
import sys
from importlib import metadata
from importlib.machinery import PathFinder

PYTHONS = ((3, 12), (3, 13))
TENSORFLOW = "2.20"

INSTALL = f"{sys.executable} -m fedtutor.install"


def check_tensorflow() -> None:
    """Make sure that the course runs on the installed TensorFlow and this Python.

    Raises:
        ImportError: it doesn't; the message says what was found and what to do.
    """
    try:
        tensorflow = metadata.version("tensorflow")
    except metadata.PackageNotFoundError:
        raise ImportError(
            f"TensorFlow is not installed. This command installs what is missing: {INSTALL}"
        ) from None
    if sys.version_info[:2] not in PYTHONS or not f"{tensorflow}.".startswith(f"{TENSORFLOW}."):
        raise ImportError(
            f"This is TensorFlow {tensorflow} on Python {platform.python_version()}. This version "
            f"of fedtutor runs on TensorFlow {TENSORFLOW} with Python 3.12 or 3.13. A newer fedtutor "
            "may run on yours: in Colab, delete the runtime and open the lesson again from its "
            "badge. On your own computer, make the environment as the README says."
        )


def check() -> None:
    """Make sure that TFF can be imported.

    Raises:
        ImportError: it can't; the message says why and what to do.
    """
    check_tensorflow()
    if PathFinder.find_spec("tensorflow_federated") is None:
        raise ImportError(
            f"TensorFlow Federated is not installed. This command installs it: {INSTALL}"
        )
    tf = sys.modules.get("tensorflow")
    if tf is not None and tf.keras.Model.__module__.startswith("keras."):  # else "tf_keras."
        raise ImportError(
            "TFF needs Keras 2, but `tf.keras` is already in use as Keras 3. Restart the kernel, "
            "and import fedtutor or TFF before you use `tf.keras`."
        )
