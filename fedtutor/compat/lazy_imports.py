"""Makes importing TensorFlow Federated faster: modules that it imports but hardly uses are lazy.

Importing TFF executes scikit-learn, TensorFlow Probability, TensorFlow Lite, JAX and half of SciPy
for a few functions that no lesson calls. That takes nearly as long as importing TensorFlow itself.
While TensorFlow or TFF is being imported, these modules are deferred until TFF or the learner uses
them. After that they are ordinary modules.

Only a module that is imported as a whole (`import x`, `from package import x`) and is only read
inside functions can wait. One that another version reads earlier is executed at that moment.
"""

import contextlib
import importlib
import sys
import threading
import types
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader

LAZY = {
    "jax",
    "pandas",
    "scipy.fft",
    "scipy.linalg",
    "scipy.ndimage",
    "scipy.optimize",
    "scipy.signal",
    "scipy.special",
    "scipy.stats",
    "sklearn",
    "sklearn.preprocessing",
    # `tf.lite` imports JAX. TensorFlow contains five copies of its own interface.
    "tensorflow._api.v2.lite",
    "tensorflow._api.v2.compat.v1.lite",
    "tensorflow._api.v2.compat.v2.lite",
    "tensorflow.compat.v1.lite",
    "tensorflow.compat.v2.lite",
    # Under a name from Keras 2, TensorFlow Model Optimization imports all of Keras 3, and with it
    # JAX, Matplotlib and IPython. TFF uses another part of the package.
    "tensorflow_model_optimization.python.core.api.clustering",
    "tensorflow_model_optimization.python.core.api.experimental",
    "tensorflow_model_optimization.python.core.api.quantization",
    "tensorflow_model_optimization.python.core.api.sparsity",
    "tensorflow_probability",
}

# What the import system sets, and reads, before a module is executed.
_IMPORT_ATTRIBUTES = frozenset(
    "__class__ __name__ __spec__ __path__ __file__ __cached__ __loader__ __package__".split()
)

_importing = set()  # the threads that are importing TensorFlow or TFF
_deferred = {}  # the modules that are deferred and not executed yet
_used = set()  # the names of deferred modules whose attributes were read
_lock = threading.Lock()


class _LazyModule(types.ModuleType):
    """A module that is executed when it is first used; from then on an ordinary one.

    Not `importlib.util.LazyLoader`: there a second import statement counts as use, a second thread
    may see a half-executed module, and a module that failed to import stays empty without an error.
    """

    def __getattribute__(self, attribute):
        get = super().__getattribute__
        name, thread = get("__name__"), threading.get_ident()
        if (
            attribute in _IMPORT_ATTRIBUTES
            or get("__spec__").loader_state == thread  # the module's own code is running
            or (thread in _importing and f"{name}.{attribute}" in LAZY)
        ):
            return get(attribute)
        _used.add(name)
        _unregister(self)
        try:
            importlib.import_module(name)
        except AttributeError as error:
            # Raised as it is, it would look as if the module only lacked this one attribute.
            raise ImportError(f"{name} cannot be imported: {error}", name=name) from error
        return get(attribute)


def _unregister(module):
    """Take a deferred module out of sys.modules, as if it had never been imported.

    An import statement then does what it always does, with the import system's own locks and errors.
    """
    name = module.__name__
    with _lock:
        if sys.modules.get(name) is module and module.__spec__.loader_state == "deferred":
            del sys.modules[name]


def _defer(module, loader):
    module.__spec__.loader_state = "deferred"
    _deferred[module.__name__] = module
    if module.__name__.endswith(".lite"):
        # A folder of TensorFlow's sources, which would replace `tf.lite` if it were imported later.
        with contextlib.suppress(ImportError):
            importlib.import_module("tensorflow.lite")


def _execute(module, loader):
    module.__spec__.loader_state = threading.get_ident()
    try:
        loader.exec_module(module)
        if type(module) is _LazyModule:
            module.__class__ = types.ModuleType
        del _deferred[module.__name__]
    finally:
        module.__spec__.loader_state = None


def _execute_and_defer_imports(module, loader):
    thread = threading.get_ident()
    outermost = thread not in _importing
    _importing.add(thread)
    try:
        loader.exec_module(module)
    finally:
        if outermost:
            _importing.remove(thread)
            for deferred in list(_deferred.values()):
                _unregister(deferred)


class _Finder:
    """Is asked first where a module is, and nearly always leaves the answer to the other finders.

    Python holds a global import lock while it asks, so this executes nothing.
    """

    @staticmethod
    def find_spec(name, path=None, target=None):
        if target is not None:  # importlib.reload
            return None
        package = _deferred.get(name.rpartition(".")[0])
        if name in LAZY and name not in _used and threading.get_ident() in _importing:
            create, execute = (lambda spec: _deferred.get(name) or _LazyModule(name)), _defer
        elif package is not None and package.__spec__.loader_state == "deferred":
            return ModuleSpec(name, _SubmoduleLoader(package))
        elif name in _deferred:
            create, execute = (lambda spec: _deferred[name]), _execute
        elif name in ("tensorflow", "tensorflow_federated"):
            create, execute = (lambda spec: None), _execute_and_defer_imports
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


class _SubmoduleLoader:
    """Loads a module inside a deferred package: the package first, then the module as usual."""

    def __init__(self, package):
        self.package = package

    def create_module(self, spec):
        vars(self.package)
        module = importlib.import_module(spec.name)
        self.spec = module.__spec__
        return module

    def exec_module(self, module):
        module.__spec__ = self.spec


def install() -> None:
    """Defer imports from now on. Modules that are already imported stay as they are."""
    sys.meta_path.insert(0, _Finder)
