"""What int8 answers to texts unlike those of the training, against fp32 and beside onnxruntime's dynamic scales."""

import logging
import os
import pkgutil
import random
import sys
import tempfile
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from support.artifacts import artifact, artifacts_parser, asked_rows
from support.scores import changes
from support.trainings import ROOT, print_table

CALIBRATION = 300
# As many tokens as the base model has positions for; the artifact itself cuts texts where its training did.
MOST_TOKENS = 512
OTHER_SCRIPTS = [
    "Ένας σκύλος κοιμάται στην αυλή κάτω από το δέντρο.",
    "Кошка сидит на окне и смотрит на снег.",
    "الولد يقرأ كتابا في الحديقة.",
    "הילדה שרה שיר ישן.",
    "लड़का नदी के किनारे खेल रहा है।",
    "孩子们在公园里放风筝。",
    "駅の前に古い本屋があります。",
    "우리는 내일 바다에 갈 거예요.",
    "ฝนตกทั้งวันเมื่อวานนี้",
]


def main() -> None:
    parser = artifacts_parser(__doc__, rounds="not used: the answers are always the same")
    parser.add_argument("--texts", type=int, default=200, help="texts of each kind")
    args = parser.parse_args()
    folder = artifact(args, seed=1)
    texts, labels = asked_rows(args)
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    sys.path.insert(0, str(ROOT / "training-code" / "source"))
    import onnx_graph
    from calibration import calibration_texts
    from engines import logits_in_order, onnx_engine
    from inference import load_reader
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from packing import padded_batches
    from sentences import Sentences
    from split import Split
    from transformers import AutoModelForSequenceClassification

    logging.disable(logging.WARNING)
    reader = replace(load_reader(folder), max_length=MOST_TOKENS)
    pad_token_id = reader.pad_token_id

    def token_ids(some: list[str]) -> list[list[int]]:
        return [reader.read(encoding).token_ids[0] for encoding in reader.tokenizer.encode_batch(some)]

    rows = Sentences(texts[:CALIBRATION], [(label,) for label in labels[:CALIBRATION]])
    split = Split(rows, sorted(set(labels)), reader)
    kinds = {"like the training's": texts[CALIBRATION : CALIBRATION + args.texts], **unlike(texts, args.texts)}
    with tempfile.TemporaryDirectory() as temporary:
        fp32, int8, dynamic = (Path(temporary, name) for name in ("fp32.onnx", "int8.onnx", "dynamic.onnx"))
        model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
        calibration, _ = calibration_texts(split, model.config.vocab_size)
        batches = [inputs for _, inputs in padded_batches(calibration, pad_token_id, padding=False)]
        onnx_graph.write_onnx(model, int8, fp32, batches)
        quantize_dynamic(fp32, dynamic, op_types_to_quantize=["MatMul"], per_channel=True, weight_type=QuantType.QInt8)
        engines = {file: onnx_engine(file) for file in (fp32, int8, dynamic)}

    rows = []
    for kind, some in kinds.items():
        ids = token_ids(some)
        lengths = sorted(map(len, ids))
        answers: dict[Path, Any] = {
            file: logits_in_order(engine, ids, pad_token_id) for file, engine in engines.items()
        }
        row = [kind, str(len(some)), f"{lengths[0]} to {lengths[-1]}"]
        for file in (int8, dynamic):
            difference, changed = changes(answers[file], answers[fp32])
            row += [f"{difference.mean():.4f}", f"{difference.max():.3f}", f"{changed:.1%}"]
        rows.append(row)
    measures = ["mean change of scores", "most", "of labels"]
    header = ["texts", "number", "tokens", *(f"{form}: {what}" for form in ("int8", "dynamic") for what in measures)]
    print_table(header, rows)


def unlike(texts: list[str], number: int) -> dict[str, list[str]]:
    """So many texts of each kind; the same in every run with the same Python."""
    chance = random.Random(0)
    sentences = [text.capitalize() for text in texts]
    return {
        "all capitals": [text.upper() for text in chance.sample(texts, number)],
        "many sentences": [". ".join(chance.choices(sentences, k=chance.randint(10, 60))) for _ in range(number)],
        "other scripts": [" ".join(chance.choices(OTHER_SCRIPTS, k=chance.randint(1, 4))) for _ in range(number)],
        "Python's own documentation": list(islice(documentation(), number)),
        "Python's own code": list(islice(code(), number)),
    }


def documentation() -> Any:
    """The first paragraphs of the standard library's modules and what they define."""
    for name in ("argparse", "asyncio", "collections", "decimal", "email", "json", "logging", "random", "re", "socket"):
        module = __import__(name)
        for thing in [module, *vars(module).values()]:
            text = getattr(thing, "__doc__", None)
            if isinstance(text, str) and len(text.split()) > 2:
                yield " ".join(text.split())[:2500]


def code() -> Any:
    """Ten lines each of the standard library."""
    data = pkgutil.get_data("asyncio", "base_events.py") or b""
    lines = data.decode().splitlines()
    for start in range(0, len(lines), 8):
        yield "\n".join(lines[start : start + 8]).strip() or "pass"


if __name__ == "__main__":
    main()
