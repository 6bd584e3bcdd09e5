"""What rewriting an ONNX graph takes, whose nodes refer to each other by the names of their inputs and outputs."""

from collections import defaultdict
from collections.abc import Sequence

from onnx import GraphProto, NodeProto


def consumers(graph: GraphProto) -> dict[str, list[NodeProto]]:
    """The nodes that read a tensor, by its name."""
    nodes: dict[str, list[NodeProto]] = defaultdict(list)
    for node in graph.node:
        for name in node.input:
            nodes[name].append(node)
    return nodes


def rename_input(node: NodeProto, old: str, new: str) -> None:
    """Lets a node read another tensor."""
    for place, name in enumerate(node.input):
        if name == old:
            node.input[place] = new


def replace_nodes(graph: GraphProto, nodes: Sequence[NodeProto]) -> None:
    """Makes these the graph's nodes; some may be its own."""
    copies = [NodeProto.FromString(node.SerializeToString()) for node in nodes]
    del graph.node[:]
    graph.node.extend(copies)


def prune(graph: GraphProto) -> None:
    """Drops nodes and constants that no output needs."""
    used = {output.name for output in graph.output}
    nodes = []
    for node in reversed(graph.node):
        if used & set(node.output):
            nodes.append(node)
            used |= set(node.input)
    replace_nodes(graph, nodes[::-1])
    tensors = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend(tensors)
