"""A compiled TensorFlow graph of TFF's, traced once more into the function that is being traced.

TFF hands its computations over as serialized graphs. Imported and called as they are, each call
costs milliseconds, and their variables are shared by all who call: two clients side by side would
silently overwrite each other. `trace` walks such a graph, issues its operations anew, and turns
its variables into plain values: calls are inlined, branches and loops carry the variables along.
What comes out is a pure function of its arguments, which many threads can call at once, and which
TensorFlow optimizes as a whole.

Lesson: 04_averaging_with_tff tells what TFF compiles.
"""

import hashlib

import tensorflow as tf
from tensorflow.python.eager import context

from fedtutor.runtime.errors import CannotRun
from fedtutor.runtime.loops import while_loop
from fedtutor.runtime.sequences import Sequence


class Graph:
    """One of TFF's compiled computations.

    Args:
        proto: a `computation_pb2.Computation` whose `tensorflow` is set.
    """

    def __init__(self, proto):
        graph_def = tf.compat.v1.GraphDef()
        proto.tensorflow.graph_def.Unpack(graph_def)
        self._parameter = (
            proto.tensorflow.parameter if proto.tensorflow.HasField("parameter") else None
        )
        self._result = proto.tensorflow.result
        self._initialize_op = proto.tensorflow.initialize_op
        self._library = _Library(graph_def.library)
        self._nodes = {node.name: node for node in graph_def.node}

    def trace(self, argument):
        """Issue the graph's operations into the current function.

        Args:
            argument: nested tuples of tensors and `Sequence`s, shaped like the parameter's type.

        Returns:
            The same for the result's type.

        Raises:
            CannotRun: the graph holds something that cannot be turned into a pure function.
        """
        feeds = {}
        if self._parameter is not None:
            _bind(self._parameter, argument, feeds)
        scope = _Scope(self._nodes, self._library, feeds, {})
        if self._initialize_op:
            scope.run(self._initialize_op.partition(":")[0])
        return _fetch(self._result, scope)


def inline(serialized, inputs):
    """Issue a single function into the current one.

    Args:
        serialized: its `FunctionDef`, serialized; it calls no other.
        inputs: a list of tensors.

    Returns:
        A list of tensors.
    """
    library = tf.compat.v1.GraphDef().library
    function = library.function.add()
    function.ParseFromString(serialized)
    return _Scope({}, _Library(library), {}, {}).call(function.signature.name, inputs)


def _bind(binding, value, feeds):
    kind = binding.WhichOneof("binding")
    if kind == "struct":
        for part, part_value in zip(binding.struct.element, value, strict=True):
            _bind(part, part_value, feeds)
    elif kind == "sequence":
        feeds[_canonical(binding.sequence.variant_tensor_name)] = value
    else:
        feeds[_canonical(binding.tensor.tensor_name)] = value


def _fetch(binding, scope):
    kind = binding.WhichOneof("binding")
    if kind == "struct":
        return tuple(_fetch(part, scope) for part in binding.struct.element)
    if kind == "sequence":
        value = scope.value(binding.sequence.variant_tensor_name)
        return value if isinstance(value, Sequence) else Sequence(value)
    value = scope.value(binding.tensor.tensor_name)
    return value


def _canonical(name):
    return name if ":" in name else f"{name}:0"


class _Cell:
    """What a variable is turned into: a place in Python that holds its current value."""

    def __init__(self, dtype, shape, value=None):
        self.dtype, self.shape, self.value = dtype, shape, value

    def read(self):
        if self.value is None:
            raise CannotRun("reads a variable that nobody has given a value")
        return self.value

    def write(self, value):
        known = value.shape == self.shape or self.shape.rank is None
        self.value = value if known else tf.ensure_shape(value, self.shape)


class _Library:
    """The functions that a graph's nodes call."""

    def __init__(self, proto):
        self._proto = proto
        self._functions = {function.signature.name: function for function in proto.function}
        self._names = None

    def __contains__(self, name):
        return name in self._functions

    def __getitem__(self, name):
        return self._functions[name]

    def export(self, name):
        """The name under which TensorFlow knows a function, for operations that call it.

        Two of TFF's graphs may use one name for different functions, so each gets the mark of its
        library.
        """
        if self._names is None:
            content = self._proto.SerializeToString(deterministic=True)
            mark = hashlib.sha256(content).hexdigest()[:12]
            self._names = {name: f"{name}_{mark}" for name in self._functions}
            for function in self._functions.values():
                renamed = type(function)()
                renamed.CopyFrom(function)
                renamed.signature.name = self._names[function.signature.name]
                for node in renamed.node_def:
                    _rename_functions(node, self._names)
                if renamed.signature.name not in _exported:
                    context.context().add_function_def(renamed)
                    _exported.add(renamed.signature.name)
        return self._names[name]


# The names of all functions that TensorFlow has been told of; telling it twice is an error.
_exported = set()


def _rename_functions(node, names):
    node.op = names.get(node.op, node.op)
    for attr in node.attr.values():
        for function in (attr.func, *attr.list.func):
            if function.name in names:
                function.name = names[function.name]


class _Scope:
    """The nodes of one graph, or of one function's body, and the values that they have so far."""

    def __init__(self, nodes, library, feeds, variables):
        self._nodes = nodes
        self._library = library
        self._values = dict(feeds)  # tensor name -> tensor, `_Cell` or `Sequence`
        self._variables = variables  # shared name -> `_Cell`, for the whole computation
        self._done = set()

    def value(self, name):
        name = name if name in self._values else _canonical(name)
        if name not in self._values:
            self.run(name.partition(":")[0])
        return self._values[name]

    def run(self, name):
        """Run a node after all that it needs."""
        # By hand, for a graph may be deeper than Python's stack.
        stack = [(name, False)]
        while stack:
            name, ready = stack.pop()
            if name in self._done or name not in self._nodes:
                continue
            node = self._nodes[name]
            if node.op in _REFUSED:
                raise CannotRun(f"holds the operation {node.op}")
            if ready:
                self._run(node)
                self._done.add(name)
            else:
                stack.append((name, True))
                stack += [(source.lstrip("^").partition(":")[0], False) for source in node.input]

    def _run(self, node):
        if f"{node.name}:0" in self._values:  # fed from outside
            return
        inputs = [self.value(name) for name in node.input if not name.startswith("^")]
        if node.op in self._library:
            outputs = self.call(node.op, inputs)
        elif node.op in _SPECIAL:
            outputs = _SPECIAL[node.op](self, node, inputs)
        else:
            outputs = self._issue(node, inputs)
        self._keep(node, outputs)

    def _keep(self, node, outputs):
        for index, output in enumerate(outputs):
            self._values[f"{node.name}:{index}"] = output
        # Inside a function's body an output is called by the name of the operation's result, and its
        # place in it where the result is a list: "name:result:place".
        if node.op in self._library:
            signature = self._library[node.op].signature
        else:
            signature = tf.compat.v1.get_default_graph().op_def_for_type(node.op)
        outputs = iter(outputs)
        for result in signature.output_arg:
            if result.number_attr:
                count = node.attr[result.number_attr].i
            elif result.type_list_attr:
                count = len(node.attr[result.type_list_attr].list.type)
            else:
                count = 1
            for place, output in zip(range(count), outputs):
                self._values[f"{node.name}:{result.name}:{place}"] = output

    def _issue(self, node, inputs):
        plain = []
        for value in inputs:
            if isinstance(value, _Cell):
                raise CannotRun(f"uses a variable in the operation {node.op}")
            plain.append(value.variant() if isinstance(value, Sequence) else value)
        op, attrs = node.op, {k: v for k, v in node.attr.items() if not k.startswith("_")}
        if op in _ANONYMOUS:
            op = _ANONYMOUS[op]
            attrs = {k: v for k, v in attrs.items() if k not in ("container", "shared_name")}
            attrs.pop("use_node_name_sharing", None)
        for key, attr in attrs.items():
            if any(function.name for function in (attr.func, *attr.list.func)):
                attrs[key] = self._with_functions(attr)
        graph = tf.compat.v1.get_default_graph()
        issued = graph.create_op(op, plain, attrs=attrs, name=node.name.rpartition("/")[2])
        return list(issued.outputs)

    def _with_functions(self, attr):
        renamed = type(attr)()
        renamed.CopyFrom(attr)
        for function in (renamed.func, *renamed.list.func):
            if function.name in self._library:
                function.name = self._library.export(function.name)
        return renamed

    def call(self, name, arguments):
        """Inline a function of the library."""
        function = self._library[name]
        feeds = {}
        for declared, value in zip(function.signature.input_arg, arguments, strict=True):
            feeds[declared.name] = feeds[f"{declared.name}:0"] = value
        scope = _Scope(
            {node.name: node for node in function.node_def},
            self._library,
            feeds,
            self._variables,
        )
        # What is done only for its effect (an assignment) is named apart.
        for node in function.control_ret.values():
            scope.run(node)
        return [scope.value(function.ret[out.name]) for out in function.signature.output_arg]

    # The operations that are more than an operation: each takes the node and its inputs, and gives
    # the list of its outputs.

    def _variable(self, node, inputs):
        name = node.attr["shared_name"].s.decode() or node.name
        if name not in self._variables:
            self._variables[name] = _Cell(
                tf.as_dtype(node.attr["dtype"].type), tf.TensorShape(node.attr["shape"].shape)
            )
        return [self._variables[name]]

    def _is_initialized(self, node, inputs):
        return [tf.constant(inputs[0].value is not None)]

    def _read(self, node, inputs):
        return [inputs[0].read()]

    def _assign(self, node, inputs):
        inputs[0].write(inputs[1])
        return []

    def _assign_add(self, node, inputs):
        inputs[0].write(inputs[0].read() + inputs[1])
        return []

    def _assign_sub(self, node, inputs):
        inputs[0].write(inputs[0].read() - inputs[1])
        return []

    def _gather(self, node, inputs):
        batch_dims = node.attr["batch_dims"].i
        return [tf.gather(inputs[0].read(), inputs[1], batch_dims=batch_dims)]

    def _variable_shape(self, node, inputs):
        return [tf.shape(inputs[0].read(), tf.as_dtype(node.attr["out_type"].type))]

    def _softmax(self, node, inputs):
        # oneDNN's softmax takes about 90 microseconds even for ten rows of ten, a third of a whole
        # step of a small model; these five operations take a tenth of that.
        power = tf.exp(inputs[0] - tf.reduce_max(inputs[0], axis=-1, keepdims=True))
        return [power / tf.reduce_sum(power, axis=-1, keepdims=True)]

    def _nothing(self, node, inputs):
        return []

    def _same(self, node, inputs):
        return list(inputs)

    def _inline(self, node, inputs):
        return self.call(node.attr["f"].func.name, inputs)

    def _if(self, node, inputs):
        condition = inputs[0]
        if condition.dtype != tf.bool:  # TensorFlow takes numbers here: all but 0 is true
            condition = tf.not_equal(condition, tf.zeros_like(condition))
        branches = [node.attr["then_branch"].func.name, node.attr["else_branch"].func.name]
        return self._choose(
            lambda then, otherwise: tf.cond(condition, then, otherwise), branches, inputs[1:]
        )

    def _case(self, node, inputs):
        branches = [function.name for function in node.attr["branches"].list.func]
        return self._choose(
            lambda *calls: tf.switch_case(inputs[0], dict(enumerate(calls)), calls[-1]),
            branches,
            inputs[1:],
        )

    def _choose(self, choice, branches, arguments):
        written = self._written(branches, arguments)

        def branch(name):
            def call():
                before = [cell.value for cell in written]
                outputs = self.call(name, arguments)
                after = [cell.read() for cell in written]
                for cell, value in zip(written, before, strict=True):
                    cell.value = value
                return [tf.identity(value) for value in [*outputs, *after]]

            return call

        results = list(choice(*[branch(name) for name in branches]))
        count = len(results) - len(written)
        for cell, value in zip(written, results[count:], strict=True):
            cell.write(value)
        return results[:count]

    def _while(self, node, inputs):
        condition, body = node.attr["cond"].func.name, node.attr["body"].func.name
        written = self._written([body], inputs)
        places = [i for i, value in enumerate(inputs) if isinstance(value, tf.Tensor)]
        count = len(places)

        def arguments(state):
            for cell, value in zip(written, state[count:], strict=True):
                cell.value = value
            filled = list(inputs)
            for place, value in zip(places, state[:count], strict=True):
                filled[place] = value
            return filled

        def step(*state):
            outputs = self.call(body, arguments(state))
            return [outputs[place] for place in places] + [cell.read() for cell in written]

        shapes = [tf.TensorShape(shape) for shape in node.attr["output_shapes"].list.shape]
        before = [inputs[place] for place in places] + [cell.read() for cell in written]
        after = while_loop(
            lambda *state: self.call(condition, arguments(state))[0],
            step,
            before,
            [shapes[place] if shapes else inputs[place].shape for place in places]
            + [cell.shape for cell in written],
        )
        return arguments(after)

    def _reduce_dataset(self, node, inputs):
        name = node.attr["f"].func.name
        count = len(node.attr["Tstate"].list.type)
        state, captured = inputs[1 : 1 + count], inputs[1 + count :]
        written = self._written([name], captured)

        def step(state, element):
            for cell, value in zip(written, state[count:], strict=True):
                cell.value = value
            outputs = self.call(name, [*state[:count], *element, *captured])
            return [*outputs, *(cell.read() for cell in written)]

        dataset = inputs[0] if isinstance(inputs[0], Sequence) else Sequence(inputs[0])
        before = [*state, *(cell.read() for cell in written)]
        shapes = [tf.TensorShape(shape) for shape in node.attr["output_shapes"].list.shape]
        shapes += [cell.shape for cell in written]
        spec = _argument_spec(self._library[name])[count : -len(captured) or None]
        after = dataset.reduce(before, step, shapes, spec)
        for cell, value in zip(written, after[count:], strict=True):
            cell.write(value)
        return list(after[:count])

    def _written(self, functions, arguments):
        """The cells among a call's arguments that one of the functions may write to."""
        places = set().union(*(self._places_written(name) for name in functions))
        cells = {}
        for place, value in enumerate(arguments, -len(arguments)):
            if isinstance(value, _Cell) and place in places:
                cells[id(value)] = value
        return list(cells.values())

    def _places_written(self, name):
        """The positions of a function's arguments that it, or what it calls, assigns to.

        They are counted from the end, as -1, -2, …: so the last inputs of any node fit the last
        arguments of the function that it calls, whatever else the node is given before them.
        """
        function = self._library[name]
        declared = function.signature.input_arg
        place = {argument.name: i for i, argument in enumerate(declared, -len(declared))}
        nodes = {node.name: node for node in function.node_def}

        def origin(source):
            source = source.partition(":")[0]
            while source in nodes and nodes[source].op == "Identity":
                source = nodes[source].input[0].partition(":")[0]
            return place.get(source)

        written = set()
        for node in function.node_def:
            sources = [source for source in node.input if not source.startswith("^")]
            if node.op in _ASSIGNMENTS:
                written.add(origin(sources[0]))
            for called in _functions_of(node, self._library):
                inner = self._places_written(called)
                written |= {origin(s) for i, s in enumerate(sources, -len(sources)) if i in inner}
        return written - {None}


def _argument_spec(function):
    """What a function's arguments are: a `tf.TensorSpec` each, with what is known of the shape."""
    spec = []
    for place, argument in enumerate(function.signature.input_arg):
        shapes = function.arg_attr[place].attr["_output_shapes"].list.shape
        spec.append(tf.TensorSpec(shapes[0] if shapes else None, tf.as_dtype(argument.type)))
    return spec


def _functions_of(node, library):
    named = [node.op]
    for attr in node.attr.values():
        named += [function.name for function in (attr.func, *attr.list.func)]
    return [name for name in named if name in library]


# Resources that are shared by name become ones that belong to a single call.
_ANONYMOUS = {
    "HashTableV2": "AnonymousHashTable",
    "MutableDenseHashTableV2": "AnonymousMutableDenseHashTable",
    "MutableHashTableOfTensorsV2": "AnonymousMutableHashTableOfTensors",
    "MutableHashTableV2": "AnonymousMutableHashTable",
}

_ASSIGNMENTS = {"AssignVariableOp", "AssignAddVariableOp", "AssignSubVariableOp"}

# Loops of TensorFlow 1, and what else would be shared by all callers of the traced function.
_REFUSED = {
    "ConditionalAccumulator", "Enter", "FIFOQueueV2", "IteratorV2", "MutexV2", "NextIteration",
    "OneShotIterator", "PaddingFIFOQueueV2", "PriorityQueueV2", "RandomShuffleQueueV2", "RefEnter",
    "ResourceConditionalAccumulator", "Variable", "VariableV2",
}  # fmt: skip

_SPECIAL = {
    "AssignAddVariableOp": _Scope._assign_add,
    "AssignSubVariableOp": _Scope._assign_sub,
    "AssignVariableOp": _Scope._assign,
    "Case": _Scope._case,
    "DestroyResourceOp": _Scope._nothing,
    "Identity": _Scope._same,
    "IdentityN": _Scope._same,
    "If": _Scope._if,
    "NoOp": _Scope._nothing,
    "PartitionedCall": _Scope._inline,
    "ReadVariableOp": _Scope._read,
    "ReduceDataset": _Scope._reduce_dataset,
    "ResourceGather": _Scope._gather,
    "Softmax": _Scope._softmax,
    "StatefulPartitionedCall": _Scope._inline,
    "StatelessCase": _Scope._case,
    "StatelessIf": _Scope._if,
    "StatelessWhile": _Scope._while,
    "VarHandleOp": _Scope._variable,
    "VarIsInitializedOp": _Scope._is_initialized,
    "VariableShape": _Scope._variable_shape,
    "While": _Scope._while,
}
