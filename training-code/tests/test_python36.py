"""What runs in AWS's images of Python 3.6 keeps to that version; test_legacy.py proves it there, this everywhere."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent
FILES = [PROJECT / "source" / "contract.py", *sorted((PROJECT / "tracing").glob("*.py"))]
OWN = {file.stem for file in FILES}
IN_THE_IMAGES = {"numpy", "torch", "torcheia"}
# What the standard library has got since, as far as somebody might want it here.
NEWER_MODULES = {
    "contextvars", "dataclasses", "graphlib", "importlib.metadata", "importlib.resources", "tomllib", "zoneinfo",
}  # fmt: skip
NEWER_NAMES = {
    "__future__": {"annotations"},
    "functools": {"cache", "cached_property", "singledispatchmethod"},
    "importlib": {"metadata", "resources"},
    "itertools": {"batched", "pairwise"},
    "math": {"comb", "dist", "isqrt", "perm", "prod"},
    "typing": {
        "Annotated", "Concatenate", "Final", "ForwardRef", "Literal", "Never", "NotRequired", "OrderedDict",
        "ParamSpec", "Protocol", "Required", "Self", "SupportsIndex", "TypeAlias", "TypedDict", "TypeGuard", "Unpack",
        "assert_never", "final", "get_args", "get_origin", "override", "runtime_checkable",
    },
}  # fmt: skip


def newer_than_python_3_6(code: str) -> Iterator[str]:
    """What in `code` Python 3.6 does not know; a SyntaxError of `ast` likewise."""
    for node in ast.walk(ast.parse(code, feature_version=(3, 6))):
        imports: list[tuple[str, str]] = []
        if isinstance(node, ast.Import):
            imports = [(alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            imports = [(node.module or "", alias.name) for alias in node.names]
        for module, name in imports:
            top = module.partition(".")[0]
            is_known = top in sys.stdlib_module_names or top in OWN | IN_THE_IMAGES
            if not is_known or module in NEWER_MODULES or name in NEWER_NAMES.get(module, set()):
                yield f"import of {module} {name}"
        # Evaluated when the module is imported: list[int] and int | None are errors there.
        annotations = [getattr(node, "annotation", None), getattr(node, "returns", None)]
        for annotation in filter(None, annotations):
            for part in ast.walk(annotation):
                if isinstance(part, ast.BinOp):
                    yield "a union by |"
                if isinstance(part, ast.Subscript) and getattr(part.value, "id", "") in {
                    "dict",
                    "list",
                    "set",
                    "tuple",
                }:
                    yield f"{ast.unparse(part)}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_keeps_to_python_3_6(file: Path) -> None:
    assert list(newer_than_python_3_6(file.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "code",
    [
        "import dataclasses",
        "from dataclasses import dataclass",
        "from __future__ import annotations",
        "from typing import Literal",
        "import transformers",
        "from importlib.metadata import version",
        "def f(x: int | None) -> None: ...",
        "x: list[int] = []",
        "def f() -> dict[str, int]: ...",
        "if (x := 1): pass",
        "def f(a, /): ...",
        "match 1:\n    case 1: pass",
    ],
)
def test_would_notice(code: str) -> None:
    try:
        found = list(newer_than_python_3_6(code))
    except SyntaxError:
        return
    assert found
