"""The nodes of a graph, issued one after the other into the function that is being traced."""

import tensorflow as tf

from fedtutor.runtime.errors import CannotRun
from fedtutor.runtime.library import argument_spec, functions_of
from fedtutor.runtime.loops import while_loop
from fedtutor.runtime.scans import Scan
from fedtutor.runtime.sequences import Sequence
from fedtutor.runtime.variables import Cell, real_variables, shaped, written_to


def canonical(name: str) -> str:
    return name if ":" in name else f"{name}:0"


class Scope:
    """The nodes of one graph, or of one function's body, and the values that they have so far."""

    def __init__(self, nodes, library, feeds, variables):
        self._nodes = nodes
        self.library = library
        self._values = dict(feeds)  # tensor name -> tensor, `Cell` or `Sequence`
        self._variables = variables  # shared name -> `Cell`, in all of the computation
        self._done = set()

    def value(self, name: str) -> object:
        name = name if name in self._values else canonical(name)
        if name not in self._values:
            self.run(name.partition(":")[0])
        return self._values[name]

    def run(self, name: str) -> None:
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
                # The first input first: what nothing orders is then done as it was written down.
                sources = reversed(node.input)
                stack += [(source.lstrip("^").partition(":")[0], False) for source in sources]

    def _run(self, node):
        if f"{node.name}:0" in self._values:  # fed from outside
            return
        inputs = [self.value(name) for name in node.input if not name.startswith("^")]
        if node.op in self.library:
            outputs = self.call(node.op, inputs)
        elif node.op in _SPECIAL:
            outputs = _SPECIAL[node.op](self, node, inputs)
        else:
            outputs = self.issue(node, inputs)
        self._keep(node, outputs)

    def _keep(self, node, outputs):
        for index, output in enumerate(outputs):
            self._values[f"{node.name}:{index}"] = output
        # Inside a function's body an output is called by the name of the operation's result, and its
        # place in it where the result is a list: "name:result:place".
        if node.op in self.library:
            signature = self.library[node.op].signature
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

    def issue(self, node: object, inputs: list) -> list:
        """Issue an operation as it is."""
        if written_to(self.library, functions_of(node, self.library), inputs):
            raise CannotRun(f"writes to a variable in the operation {node.op}")
        inputs, take_over = real_variables(inputs)
        inputs = [value.variant() if isinstance(value, Sequence) else value for value in inputs]
        op, attrs = node.op, {k: v for k, v in node.attr.items() if not k.startswith("_")}
        if op in _ANONYMOUS:
            op = _ANONYMOUS[op]
            attrs = {k: v for k, v in attrs.items() if k not in ("container", "shared_name")}
            attrs.pop("use_node_name_sharing", None)
        for key, attr in attrs.items():
            if any(function.name for function in (attr.func, *attr.list.func)):
                attrs[key] = self._with_functions(attr)
        name = node.name.rpartition("/")[2].lstrip("_")
        issued = tf.compat.v1.get_default_graph().create_op(op, inputs, attrs=attrs, name=name)
        with tf.control_dependencies([issued]):
            take_over()
        return list(issued.outputs)

    def _with_functions(self, attr):
        renamed = type(attr)()
        renamed.CopyFrom(attr)
        for function in (renamed.func, *renamed.list.func):
            if function.name in self.library:
                function.name = self.library.export(function.name)
        return renamed

    def call(self, name: str, arguments: list) -> list:
        """Inline a function of the library."""
        function = self.library[name]
        feeds = {}
        for declared, value in zip(function.signature.input_arg, arguments, strict=True):
            feeds[declared.name] = feeds[f"{declared.name}:0"] = value
        scope = Scope(
            {node.name: node for node in function.node_def},
            self.library,
            feeds,
            self._variables,
        )
        # What is done only for its effect (an assignment) is named apart.
        effects = set(function.control_ret.values())
        for node in function.node_def:
            if node.name in effects:
                scope.run(node.name)
        return [scope.value(function.ret[out.name]) for out in function.signature.output_arg]

    # The operations that are more than an operation: each takes the node and its inputs, and gives
    # the list of its outputs.

    def _variable(self, node, inputs):
        name = node.attr["shared_name"].s.decode() or node.name
        if name not in self._variables:
            self._variables[name] = Cell(
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

    def _shape(self, node, inputs):
        # What is known now isn't computed in each step, nor is what follows from it.
        known = inputs[0].shape
        if not known.is_fully_defined():
            return self.issue(node, inputs)
        value = {"Shape": known.as_list(), "Size": known.num_elements(), "Rank": known.rank}[
            node.op
        ]
        dtype = tf.as_dtype(node.attr["out_type"].type) if node.op != "Rank" else tf.int32
        return [tf.constant(value, dtype)]

    def _zeros_like(self, node, inputs):
        value = inputs[0]
        known = value.dtype.is_floating and value.shape.is_fully_defined()
        if known and value.shape.num_elements() <= _MOST_ZEROS:
            return [tf.constant(0, value.dtype, value.shape)]
        return self.issue(node, inputs)

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
        written = written_to(self.library, branches, arguments)

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
        written = written_to(self.library, [body], inputs)
        places = [i for i, value in enumerate(inputs) if isinstance(value, tf.Tensor)]
        count = len(places)

        def arguments(state):
            for cell, value in zip(written, state[count:], strict=True):
                cell.value = value
            filled = list(inputs)
            for place, value in zip(places, state[:count], strict=True):
                filled[place] = value
            return filled

        declared = [tf.TensorShape(shape) for shape in node.attr["output_shapes"].list.shape]
        shapes = [declared[place] if declared else inputs[place].shape for place in places]
        shapes += [cell.shape for cell in written]

        def step(*state):
            outputs = self.call(body, arguments(state))
            outputs = [outputs[place] for place in places]
            return shaped(outputs + [cell.read() for cell in written], shapes)

        before = [inputs[place] for place in places] + [cell.read() for cell in written]
        after = while_loop(
            lambda *state: self.call(condition, arguments(state))[0],
            step,
            before,
            shapes,
        )
        return arguments(after)

    def _scan(self, node, inputs):
        return [Scan(self, node, inputs)]

    def _take_while(self, node, inputs):
        if isinstance(inputs[0], Scan):
            return [inputs[0].until(node, inputs[1:])]
        return self.issue(node, inputs)

    def _reduce_dataset(self, node, inputs):
        name = node.attr["f"].func.name
        count = len(node.attr["Tstate"].list.type)
        state, captured = inputs[1 : 1 + count], inputs[1 + count :]
        written = written_to(self.library, [name], captured)

        def step(state, element):
            for cell, value in zip(written, state[count:], strict=True):
                cell.value = value
            outputs = self.call(name, [*state[:count], *element, *captured])
            return shaped([*outputs, *(cell.read() for cell in written)], shapes)

        dataset = inputs[0] if isinstance(inputs[0], Sequence) else Sequence(inputs[0])
        before = [*state, *(cell.read() for cell in written)]
        shapes = [tf.TensorShape(shape) for shape in node.attr["output_shapes"].list.shape]
        shapes += [cell.shape for cell in written]
        spec = argument_spec(self.library[name])[count : -len(captured) or None]
        after = dataset.reduce(before, step, shapes, spec)
        for cell, value in zip(written, after[count:], strict=True):
            cell.write(value)
        return list(after[:count])


_MOST_ZEROS = 1024  # as a constant in the graph

# Resources that are shared by name become ones that belong to a single call.
_ANONYMOUS = {
    "HashTableV2": "AnonymousHashTable",
    "MutableDenseHashTableV2": "AnonymousMutableDenseHashTable",
    "MutableHashTableOfTensorsV2": "AnonymousMutableHashTableOfTensors",
    "MutableHashTableV2": "AnonymousMutableHashTable",
}

# Loops of TensorFlow 1, and what else would be shared by all callers of the traced function.
_REFUSED = {
    "ConditionalAccumulator", "Enter", "FIFOQueueV2", "IteratorV2", "MutexV2", "NextIteration",
    "OneShotIterator", "PaddingFIFOQueueV2", "PriorityQueueV2", "RandomShuffleQueueV2", "RefEnter",
    "ResourceConditionalAccumulator", "Variable", "VariableV2",
}  # fmt: skip

_SPECIAL = {
    "AssignAddVariableOp": Scope._assign_add,
    "AssignSubVariableOp": Scope._assign_sub,
    "AssignVariableOp": Scope._assign,
    "Case": Scope._case,
    "DestroyResourceOp": Scope._nothing,
    "Identity": Scope._same,
    "IdentityN": Scope._same,
    "If": Scope._if,
    "NoOp": Scope._nothing,
    "PartitionedCall": Scope._inline,
    "Rank": Scope._shape,
    "ReadVariableOp": Scope._read,
    "ReduceDataset": Scope._reduce_dataset,
    "ResourceGather": Scope._gather,
    "ScanDataset": Scope._scan,
    "Shape": Scope._shape,
    "Size": Scope._shape,
    "Softmax": Scope._softmax,
    "StatefulPartitionedCall": Scope._inline,
    "StatelessCase": Scope._case,
    "StatelessIf": Scope._if,
    "StatelessWhile": Scope._while,
    "TakeWhileDataset": Scope._take_while,
    "VarHandleOp": Scope._variable,
    "VarIsInitializedOp": Scope._is_initialized,
    "VariableShape": Scope._variable_shape,
    "While": Scope._while,
    "ZerosLike": Scope._zeros_like,
}
