"""Changes a Python process from inside, for tools/shake.py, which puts this folder on PYTHONPATH.

Python imports a module of this name at every start, before anything else. Nothing of the course knows
about it. Two modules are changed as soon as somebody imports them:

- Keras: every initial weight is changed by up to FEDTUTOR_SHAKE_WEIGHTS of its size. How much depends
  on the weight's shape and place alone, so a model that is built twice is the same model both times.
- fedtutor.plots: behind the titles, a figure's alternative text lists what is written in the figure.
"""

import importlib.abc
import importlib.machinery
import os
import sys

ANNOTATIONS = "-- written in the figure:"  # tools/claims.py looks for this line
RELATIVE = float(os.environ.get("FEDTUTOR_SHAKE_WEIGHTS", 0))


def perturb_initial_weights(base_layer):
    import numpy as np
    import tensorflow as tf

    add_weight = base_layer.Layer.add_weight

    def add_perturbed_weight(self, name=None, shape=None, dtype=None, initializer=None, **others):
        if initializer is not None:
            from tf_keras import initializers

            drawn = initializers.get(initializer)

            def initializer(shape, dtype=None, **settings):
                values = drawn(shape, dtype, **settings)
                if not values.dtype.is_floating:
                    return values
                noise = np.random.default_rng(list(values.shape)).uniform(-1, 1, values.shape)
                return values * tf.constant(1 + RELATIVE * noise, values.dtype)

        return add_weight(
            self, name=name, shape=shape, dtype=dtype, initializer=initializer, **others
        )

    base_layer.Layer.add_weight = add_perturbed_weight


def list_annotations(plots):
    titles_of = plots.alt_text

    def titles_and_annotations(figure):
        texts = [text.get_text() for axes in figure.axes for text in axes.texts]
        return "\n".join([titles_of(figure), ANNOTATIONS, *filter(None, texts)])

    plots.alt_text = titles_and_annotations


AFTER_IMPORT = {"fedtutor.plots": list_annotations}
if RELATIVE:
    AFTER_IMPORT["tf_keras.src.engine.base_layer"] = perturb_initial_weights


class ChangeAfterImport(importlib.abc.MetaPathFinder):
    """Finds the modules in AFTER_IMPORT where they are, and changes each once it is loaded."""

    def find_spec(self, name, path, target=None):
        change = AFTER_IMPORT.pop(name, None)
        if change is None:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        load = spec.loader.exec_module

        def load_and_change(module):
            load(module)
            change(module)

        spec.loader.exec_module = load_and_change
        return spec


sys.meta_path.insert(0, ChangeAfterImport())
