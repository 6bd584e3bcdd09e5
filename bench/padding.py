"""What padding is worth on this machine, and whether it moves a bit: small requests with and without.

On a CPU, an engine gets texts of unlike lengths together only where that moves no bit (may_pad in
training-code/source/engines.py). Where 8 sentences come at once, it is two or three runs of the model in the place of
four or five, each of which reads all of the weights.
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from unittest.mock import patch

from support.artifacts import artifact, artifacts_parser, asked_rows
from support.trainings import ROOT, print_table

Logits = list[list[float]]
# Requests that meet at the server under the load of 16 connections and two workers.
TOGETHER = 8
# Sentences that a text of the longest ones is joined of.
JOINED = (2, 3, 5, 8)


def main() -> None:
    parser = artifacts_parser(__doc__, rounds="times that each is measured")
    parser.add_argument("--texts", type=int, default=400, help="texts of a round")
    args = parser.parse_args()
    folder = artifact(args, seed=1)
    asked, _ = asked_rows(args)
    os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1", TOKENIZERS_PARALLELISM="false")
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    sys.path.insert(0, str(ROOT / "training-code" / "source"))
    import numpy as np
    import packing
    import torch
    import transformers
    from engines import Engine, logits_in_order, onnx_engine
    from inference import load_reader
    from onnx_graph import write_onnx
    from packing import padded_batches

    reader = load_reader(folder)

    def tokens(texts: list[str]) -> list[list[int]]:
        return [reader.read(encoding).token_ids[0] for encoding in reader.tokenizer.encode_batch(texts)]

    sentences = tokens(asked[: args.texts])
    longer = tokens([" ".join(asked[row : row + many]) for row in range(0, args.texts // 4, 5) for many in JOINED])
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32).eval()

    def answers(engine: Engine, texts: list[list[int]]) -> Logits:
        """Of requests that meet, some at a time."""
        return [
            logits
            for start in range(0, len(texts), TOGETHER)
            for logits in logits_in_order(engine, texts[start : start + TOGETHER], reader.pad_token_id)
        ]

    texts = sentences + longer
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        files = {form: Path(temporary, f"{form}.onnx") for form in ("int8", "fp32")}
        calibration = padded_batches(tokens(asked[args.texts :])[:400], reader.pad_token_id, padding=False)
        write_onnx(model, files["int8"], files["fp32"], [inputs for _, inputs in calibration])
        for form, file in files.items():
            engine = onnx_engine(file)
            alone = np.array(logits_in_order(engine, texts, reader.pad_token_id))
            for name, padding, free in (
                ("equal lengths", False, 0),
                (f"padded by {packing.PADDING} tokens a text more", True, packing.PADDING),
                ("padded to the longest", True, packing.TOKEN_BUDGET),
            ):
                engine = engine._replace(padding=padding)
                with patch.object(packing, "PADDING", free):
                    changes = np.abs(np.array(answers(engine, texts)) - alone).max(axis=1)
                    milliseconds = []
                    for _ in range(args.rounds):
                        started = time.process_time()
                        answers(engine, sentences)
                        milliseconds.append((time.process_time() - started) / len(sentences) * 1000)
                rows.append(
                    [
                        f"{form}, {name}",
                        f"{statistics.median(milliseconds):.2f}",
                        f"{(changes > 0).sum()} of {len(changes)}",
                        f"{changes.max():.1e}",
                    ]
                )
    print_table([f"{TOGETHER} at once", "ms a sentence", "answers that change", "by at most"], rows)


if __name__ == "__main__":
    main()
