"""Makes importing TensorFlow Federated quicker: what it imports and hardly uses is executed later.

Importing TFF executes scikit-learn, TensorFlow Probability, TensorFlow Lite, JAX and half of SciPy,
for a few functions that no lesson calls: nearly as much again as TensorFlow itself. While
TensorFlow or TFF is being imported, these are put off until somebody uses them, be it TFF or the
learner, and are then what they always were.

Only what is imported as a whole (`import x`, `from package import x`) and read by functions alone
can wait. What another version reads sooner is executed there and then.
"""

import contextlib
import importlib
import sys
import threading
import types
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader

# The front end of `tff.jax`, the only module of TFF to need JAX.
_TFF_JAX = "tensorflow_federated.python.core.environments.jax_frontend.jax_serialization"

LATER = {
    "jax",
    _TFF_JAX,
    "scipy.fft",
    "scipy.linalg",
    "scipy.ndimage",
    "scipy.optimize",
    "scipy.signal",
    "scipy.special",
    "scipy.stats",
    "sklearn",
    "sklearn.preprocessing",
    # `tf.lite` imports JAX. TensorFlow holds its own interface five times over.
    "tensorflow._api.v2.lite",
    "tensorflow._api.v2.compat.v1.lite",
    "tensorflow._api.v2.compat.v2.lite",
    "tensorflow.compat.v1.lite",
    "tensorflow.compat.v2.lite",
    "tensorflow_probability",
}

# What the import system sets before a module is executed, and looks at.
_KNOWN = frozenset(
    "__class__ __name__ __spec__ __path__ __file__ __cached__ __loader__ __package__".split()
)

_importing = set()  # the threads that are importing TensorFlow or TFF
_waiting = {}  # the modules that were put off and are not executed yet
_wanted = set()  # the names of those that were asked for more than is known
_lock = threading.Lock()


class _Later(types.ModuleType):
    """A module that is executed when it is first used; from then on an ordinary one.

    Not `importlib.util.LazyLoader`: there a second import statement counts as use, a second thread
    may see the module half done, and one that failed is empty and silent ever after.
    """

    def __getattribute__(self, attribute):
        get = super().__getattribute__
        name, thread = get("__name__"), threading.get_ident()
        if (
            attribute in _KNOWN
            or get("__spec__").loader_state == thread  # the module's own code is running
            or (thread in _importing and f"{name}.{attribute}" in LATER)
        ):
            return get(attribute)
        _wanted.add(name)
        _hide(self)
        try:
            importlib.import_module(name)
        except AttributeError as error:
            # Here it would read as if the module only lacked this one attribute.
            raise ImportError(f"{name} cannot be imported: {error}", name=name) from error
        return get(attribute)


def _hide(module):
    """Take a waiting module out of sys.modules: to an import statement it was never imported.

    The statement then does what it always does, with the import system's own locks and errors.
    """
    name = module.__name__
    with _lock:
        if sys.modules.get(name) is module and module.__spec__.loader_state == "waiting":
            del sys.modules[name]


def _put_off(module, loader):
    module.__spec__.loader_state = "waiting"
    _waiting[module.__name__] = module
    if module.__name__.endswith(".lite"):
        # A folder of TensorFlow's sources, which would take `tf.lite`'s place if it came later.
        with contextlib.suppress(ImportError):
            importlib.import_module("tensorflow.lite")


def _execute(module, loader):
    module.__spec__.loader_state = threading.get_ident()
    try:
        loader.exec_module(module)
        if type(module) is _Later:
            module.__class__ = types.ModuleType
        del _waiting[module.__name__]
    finally:
        module.__spec__.loader_state = None
    _acquaint()


def _execute_and_put_off(module, loader):
    thread = threading.get_ident()
    outermost = thread not in _importing
    _importing.add(thread)
    try:
        loader.exec_module(module)
    finally:
        if outermost:
            _importing.remove(thread)
            for waiting in list(_waiting.values()):
                _hide(waiting)
            _acquaint()


def _acquaint():
    """Tell JAX what a structure of TFF's is once both are there, as importing TFF does."""
    if _TFF_JAX in _waiting and "jax" in sys.modules and "jax" not in _waiting:
        # Who works with JAX alone need not hear that TFF cannot; who uses `tff.jax` will.
        with contextlib.suppress(Exception):
            vars(_waiting[_TFF_JAX])


class _Finder:
    """Is asked first where a module is, and nearly always leaves the answer to the others.

    Python holds a lock on all imports while it asks; so this executes nothing.
    """

    @staticmethod
    def find_spec(name, path=None, target=None):
        if target is not None:  # importlib.reload
            return None
        package = _waiting.get(name.rpartition(".")[0])
        if name in LATER and name not in _wanted and threading.get_ident() in _importing:
            create, execute = (lambda spec: _waiting.get(name) or _Later(name)), _put_off
        elif package is not None and package.__spec__.loader_state == "waiting":
            return ModuleSpec(name, _Inside(package))
        elif name in _waiting:
            create, execute = (lambda spec: _waiting[name]), _execute
        elif name in ("tensorflow", "tensorflow_federated"):
            create, execute = (lambda spec: None), _execute_and_put_off
        else:
            return None
        spec = PathFinder.find_spec(name, path)
        if spec is None or type(spec.loader) is not SourceFileLoader:
            return None
        loader = spec.loader

        def exec_module(module):
            del loader.create_module, loader.exec_module
            module.__loader__ = loader
            execute(module, loader)

        loader.create_module, loader.exec_module = create, exec_module
        return spec


class _Inside:
    """Loads what is inside a package that waits: the package first, then the rest as ever."""

    def __init__(self, package):
        self.package = package

    def create_module(self, spec):
        vars(self.package)
        module = importlib.import_module(spec.name)
        self.spec = module.__spec__
        return module

    def exec_module(self, module):
        module.__spec__ = self.spec


def install():
    """Put off from now on; what is imported already stays as it is."""
    sys.meta_path.insert(0, _Finder)
