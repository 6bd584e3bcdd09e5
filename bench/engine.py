"""What answers, in process on one core: latency of one sentence, throughput of a large request, and quality."""

import importlib
import json
import os
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

from support.artifacts import artifact, artifacts_parser, asked_rows
from support.trainings import print_table, show

OURS = "ours"
# By how much ours must be better: latency, throughput.
LEAST = {
    "original's handler: pad to 64, eager fp32": ("14", "25"),
    "Hugging Face pipeline": ("5.5", "8"),
    "plain onnxruntime int8 session": ("1.0", "1.5"),
    "the same, packed as ours": ("1.0", "1.0"),
}
LEAST_QUALITY = -0.005


def main() -> None:
    parser = artifacts_parser(__doc__, rounds="times that each is measured; 0 for the quality alone")
    parser.add_argument("--sentences", type=int, default=60, help="sentences one by one in a round")
    parser.add_argument("--texts", type=int, default=600, help="texts of the large request in a round")
    parser.add_argument(
        "--seeds",
        type=int,
        nargs="*",
        default=[1, 2, 3, 4, 5],
        help="models to compare in quality; none for the speed alone",
    )
    args = parser.parse_args()

    trained = {seed: artifact(args, seed) for seed in args.seeds or [1]}
    texts, labels = asked_rows(args)
    # Before anything is imported that starts threads.
    os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1", TOKENIZERS_PARALLELISM="false")
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    if args.rounds:
        measure_speed(next(iter(trained.values())), texts, args.rounds, args.sentences, args.texts)
    if args.seeds:
        measure_quality(trained, texts, labels)


def measure_speed(folder: Path, texts: list[str], rounds: int, sentences: int, large: int) -> None:
    """Each candidate in turn, in every round."""
    warnings.simplefilter("ignore")
    predict = {OURS: our_handlers(folder), **baselines(folder)}
    latencies: dict[str, list[float]] = {name: [] for name in predict}
    rates: dict[str, list[float]] = {name: [] for name in predict}
    for round_number in range(rounds + 1):
        for name, answer in predict.items():
            times = []
            for text in texts[:sentences]:
                started = time.perf_counter()
                answer([text])
                times.append(time.perf_counter() - started)
            started = time.perf_counter()
            answer(texts[:large])
            if round_number > 0:
                latencies[name].append(statistics.median(times) * 1000)
                rates[name].append(min(large, len(texts)) / (time.perf_counter() - started))
    rows = []
    for name in predict:
        least = LEAST.get(name, ("", ""))
        faster = statistics.median(latencies[name]) / statistics.median(latencies[OURS])
        more = statistics.median(rates[OURS]) / statistics.median(rates[name])
        ratios = (f"{faster:.1f}", f"{more:.1f}") if name != OURS else ("", "")
        rows.append(
            [name, show(latencies[name], digits=2), ratios[0], least[0], show(rates[name]), ratios[1], least[1]]
        )
    print_table(
        ["engine", "one sentence, p50 in ms", "ours is faster", "at least", "texts/s", "ours does more", "at least"],
        rows,
    )


def measure_quality(trained: dict[int, Path], texts: list[str], labels: list[str]) -> None:
    """Matthews correlation of what is served and of the fp32 weights, model by model."""
    from sklearn.metrics import matthews_corrcoef

    from baselines.engines import hugging_face_pipeline

    names = sorted(set(labels))
    true = [names.index(label) for label in labels]
    rows, differences = [], []
    for seed, folder in trained.items():
        answers = [predict(texts) for predict in (our_handlers(folder), hugging_face_pipeline(folder))]
        served, full = (float(matthews_corrcoef(true, answer)) for answer in answers)
        changed = statistics.mean(one != other for one, other in zip(*answers, strict=True))
        differences.append(served - full)
        form = json.loads((folder / "metrics.json").read_text())["serving"]["format"]
        rows.append([str(seed), form, f"{full:.4f}", f"{served:.4f}", f"{differences[-1]:+.4f}", f"{changed:.2%}", ""])
    rows.append(["mean", "", "", "", f"{statistics.mean(differences):+.4f}", "", f"{LEAST_QUALITY}"])
    print_table(["seed", "served", "MCC of fp32", "MCC served", "difference", "other answers", "at least"], rows)


def our_handlers(folder: Path) -> Callable[[list[str]], list[int]]:
    """From the body of a request to the body of its answer, by the code in the artifact."""
    for name in ("inference", "contract", "engines", "packing"):
        sys.modules.pop(name, None)
    sys.path.insert(0, str(folder / "code"))
    handlers = importlib.import_module("inference")
    sys.path.remove(str(folder / "code"))
    model = handlers.model_fn(str(folder))

    def predict(texts: list[str]) -> list[int]:
        request = handlers.input_fn(json.dumps(texts), "application/json")
        answer = json.loads(handlers.output_fn(handlers.predict_fn(request, model), "application/json"))
        return [row.index(max(row)) for row in answer]

    return predict


def baselines(folder: Path) -> dict[str, Callable[[list[str]], list[int]]]:
    from baselines.engines import hugging_face_pipeline, original_handler, plain_onnxruntime

    answers = (
        original_handler(folder),
        hugging_face_pipeline(folder),
        plain_onnxruntime(folder),
        plain_onnxruntime(folder, packed=True),
    )
    return dict(zip(LEAST, answers, strict=True))


if __name__ == "__main__":
    main()
