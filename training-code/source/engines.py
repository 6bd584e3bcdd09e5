"""What computes logits: onnxruntime on the CPU, PyTorch on a GPU and where there is no onnxruntime.

Travels inside the artifact as code/engines.py. Each engine is imported when it is asked for: PyTorch alone takes longer
to import than onnxruntime to start and answer.
"""

import importlib
import inspect
import os
import sys
import sysconfig
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from packing import Inputs, padded, padded_batches

# Answers logits (rows x labels); may be called from several threads at once.
Forward = Callable[[Inputs], NDArray[np.float32]]


class Engine(NamedTuple):
    """A loaded model.

    Its scores are within `tolerance` of those in reference.json. On the CPU they are the same beside whatever other
    texts: by onnxruntime bit for bit, by PyTorch to 1e-6. On a GPU, which sums in another order for another number of
    texts, they are so to 1e-2. With `padding` it gets texts of unlike lengths together, where that moves its logits by
    no more than `company`; with `token_types` it reads those of each token.
    """

    forward: Forward
    padding: bool = False
    token_types: bool = False
    tolerance: float = 1e-3
    company: float = 0.0


# Tokens: more than a register holds of any processor, so that every remainder is there.
MOST_PADDED = 24
ONNX_FILE = "model.onnx"
TOKEN_TYPES = "token_type_ids"
# The interpreter and machine that onnxruntime's machine code in the artifact was made for.
PLATFORM = f"cp{sys.version_info.major}{sys.version_info.minor}-{sysconfig.get_platform().replace('-', '_')}"
RUNTIMES = "lib"

# Since 1.29, onnxruntime's builds for Linux tell Microsoft the names and hashes of models, from the moment of their
# import on, unless this says no; its disable_telemetry_events comes too late for what the import keeps on the disk.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")


def load_engine(model_dir: Path) -> Engine:
    """The fastest engine that this machine and the artifact have."""
    if _has_nvidia_driver():
        import torch  # noqa: PLC0415

        if torch.cuda.is_available():
            return torch_engine(model_dir, "cuda")
    if (model_dir / ONNX_FILE).exists():
        try:
            return onnx_engine(model_dir / ONNX_FILE)
        except ModuleNotFoundError as error:
            print(f"no module {error.name} for {PLATFORM}: PyTorch answers, several times slower", file=sys.stderr)
    return torch_engine(model_dir, "cpu")


def onnx_engine(file: Path) -> Engine:
    """onnxruntime on the CPU, on OMP_NUM_THREADS cores or else on all. Raises ModuleNotFoundError where it is not."""
    onnxruntime = _import_onnxruntime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(os.environ.get("OMP_NUM_THREADS", "0"))
    # Measured: what lies beyond makes nothing faster, and loading slower.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    # A warning can quote nothing but the graph, and there is nobody to read it.
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])

    def forward(inputs: Inputs) -> NDArray[np.float32]:
        logits: NDArray[np.float32]
        (logits,) = session.run(None, inputs)
        return logits

    return Engine(forward, token_types=TOKEN_TYPES in {given.name for given in session.get_inputs()})


def torch_engine(model_dir: Path, device: str) -> Engine:
    """PyTorch in fp32, which a GPU multiplies as TF32.

    bf16 would be up to twice as fast, and moves scores some ten times as far, by 0.01 and more (with products rounded
    so on a CPU): more than answers may differ by, and than tells one model from another.
    """
    import torch  # noqa: PLC0415
    import transformers  # noqa: PLC0415

    transformers.logging.disable_progress_bar()
    if device == "cuda":
        torch.backends.cuda.matmul.allow_tf32 = True
    model = transformers.AutoModelForSequenceClassification.from_pretrained(
        str(model_dir), local_files_only=True, dtype=torch.float32
    )
    return model_engine(model.eval().to(device))


def model_engine(model: Any) -> Engine:
    """PyTorch with a model that is loaded already, in eval mode, wherever it is."""
    import torch  # noqa: PLC0415

    device = model.device

    @torch.inference_mode()
    def forward(inputs: Inputs) -> NDArray[np.float32]:
        tensors = {name: torch.from_numpy(array).to(device) for name, array in inputs.items()}
        answer: NDArray[np.float32] = model(**tensors).logits.cpu().numpy()
        return answer

    engine = Engine(forward, token_types=takes_token_types(model))
    return engine._replace(tolerance=1e-2, company=1e-2) if device.type == "cuda" else engine


def takes_token_types(model: Any) -> bool:
    """Whether the two texts of a pair are told apart by their tokens' types: of RoBERTa's kind is one alone."""
    types: int = getattr(model.config, "type_vocab_size", 0)
    return types > 1 and TOKEN_TYPES in inspect.signature(model.forward).parameters


def may_pad(engine: Engine, token_ids: Sequence[int], pad_token_id: int) -> bool:
    """Whether padding moves no answer too far on this machine: asked for beginnings of a text, alone and together.

    It moves no bit where what is masked adds an exact 0 and the sums of all else keep their order, as onnxruntime's do
    with AVX2 and with AVX-512 (bench -- padding). It does where a processor's code sums the last few of a row apart,
    and of a model that mixes neighbouring tokens without a mask, such as by convolution.
    """
    beginnings = [token_ids[:length] for length in range(1, min(len(token_ids), MOST_PADDED) + 1)]
    alone = logits_in_order(engine._replace(padding=False), beginnings, pad_token_id)
    types = [[0] * len(ids) for ids in beginnings] if engine.token_types else None
    together = engine.forward(padded(beginnings, pad_token_id, types))
    return bool(np.abs(together - np.array(alone, dtype=np.float32)).max() <= engine.company)


def logits_in_order(
    engine: Engine,
    texts: Sequence[Sequence[int]],
    pad_token_id: int,
    token_types: Sequence[Sequence[int]] | None = None,
) -> list[list[float]]:
    """Logits (texts x labels) of texts that are given as token ids, in their order. Types that are not given are 0."""
    logits: list[list[float]] = [[]] * len(texts)
    types = (token_types or [[0] * len(ids) for ids in texts]) if engine.token_types else None
    for rows, inputs in padded_batches(texts, pad_token_id, padding=engine.padding, token_types=types):
        for row, answered in zip(rows, engine.forward(inputs).tolist(), strict=True):
            logits[row] = answered
    return logits


def _has_nvidia_driver() -> bool:
    """Asked of the system, as to ask PyTorch would mean to import it."""
    return Path("/dev/nvidiactl").exists()


def _import_onnxruntime() -> Any:
    """The installed onnxruntime, or else the one that came with the artifact."""
    try:
        return importlib.import_module("onnxruntime")
    except ModuleNotFoundError as error:
        if error.name != "onnxruntime":
            raise
        sys.path.append(str(Path(__file__).parent / RUNTIMES / PLATFORM))
        return importlib.import_module("onnxruntime")
