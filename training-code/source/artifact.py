"""Saves what training has made as an artifact, which is all that serving, tracing and batches need of it."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

from arguments import Arguments
from contract import Task
from export import CODE
from reference import Reference
from reliability import Mistake
from sentences import Sentences

# Of a text that was answered wrong, in characters.
LONGEST_MISTAKE = 500


def save_artifact(  # noqa: PLR0917
    args: Arguments,
    model: Any,
    tokenizer: Any,
    metrics: dict[str, Any],
    reference: Reference,
    testing: Sentences | None = None,
) -> None:
    """Writes what serving and tracing need besides what `export` writes.

    These are the weights, labels, tokenizer, metrics.json, reference.json and code/. metrics.json has the test split's
    metrics of the very file that serves at the top; `fp32`, those of the trained weights, and `validation` by the part
    that chose them; `history`, each measurement on the way; `serving`, what serves and why; `warnings`, what to know
    about it, a sentence each; `training`, the conditions. Of the test split's texts, nothing is in the artifact: where
    those of mistakes are asked for, they are beside the copy of metrics.json.
    """
    folder = Path(args.model_dir)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    (folder / "reference.json").write_text(json.dumps(reference) + "\n", encoding="utf-8")
    (folder / "code").mkdir(exist_ok=True)
    for name in CODE:
        shutil.copy(Path(__file__).with_name(name), folder / "code")
    report = readable(metrics)
    (folder / "metrics.json").write_text(report, encoding="utf-8")
    if args.output_data_dir:
        output = Path(args.output_data_dir)
        output.mkdir(parents=True, exist_ok=True)
        (output / "metrics.json").write_text(report, encoding="utf-8")
        if testing and args.mistakes == "texts":
            texts = json.dumps(mistaken_texts(metrics["mistakes"], testing), ensure_ascii=False)
            (output / "mistakes.json").write_text(texts + "\n", encoding="utf-8")


def mistaken_texts(mistakes: list[Mistake], testing: Sentences) -> dict[int, list[str]]:
    """The beginning of each text that was answered wrong, of a pair of both, by its row."""
    texts = {mistake["row"]: testing.texts[mistake["row"] - 2] for mistake in mistakes}
    return {
        row: [part[:LONGEST_MISTAKE] for part in ([text] if isinstance(text, str) else text)]
        for row, text in texts.items()
    }


def readable(metrics: dict[str, Any]) -> str:
    """JSON with a line for each row of the confusion matrix: of a thousand labels, a line a number has 10 MB."""
    lines = json.dumps(metrics, indent=2, ensure_ascii=False) + "\n"
    # No string has a line break in JSON.
    return re.sub(r"\[\n\s+([\d,\s]+?)\n\s+\]", lambda row: f"[{' '.join(row[1].split())}]", lines)


def description_of_task(task: Task) -> dict[str, Any]:
    """What config.json says of it besides the labels: for contract.task_of, and `problem_type` for transformers too."""
    several = task.thresholds is not None
    return {
        "problem_type": "multi_label_classification" if several else "single_label_classification",
        "thresholds": task.thresholds,
        # "temperature" alone transformers takes for one of text generation, which it refuses in a config.json.
        "score_temperature": task.temperature,
        "text_pair": task.text_pair,
        "overflow": task.overflow,
    }
