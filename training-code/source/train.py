"""Fine-tunes a BERT-family model to classify texts, measures it and saves an artifact that is ready to serve.

On a laptop, in a SageMaker container (which sets SM_*), and on several processes or hosts by torchrun alike:

    python train.py --training data/training --testing data/testing --model_dir model --epochs 3
    torchrun --nproc_per_node 2 train.py --training data/training ...

With --epochs 0 a finished classifier is exported as it is, and measured where there is data.

The test split chooses nothing: it is only measured, once. Which weights are kept and when training ends, whether int8
or fp32 serves, by what temperature logits become scores, and what the score of each label must reach where a text may
have several, is chosen by a validation part of the training split, which is not trained on. The header of the .csv
files says what the task is: see sentences.py.

A training that is stopped by SIGTERM keeps a checkpoint, if it has a folder for it, and ends with exit code 143.
"""

import hashlib
import json
import os
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
import transformers

from arguments import BY_SIZE, Arguments, parse_arguments
from artifact import description_of_task, save_artifact
from base_model import load_base_model, unknown_texts
from checkpoint import hash_of_base_model
from contract import Task, task_of
from dropout import use_fast_dropout
from engines import model_engine, takes_token_types
from errors import InputError
from export import export
from metrics import THRESHOLD, cautions, classification_metrics
from optimization import TrainingLoss, autocast_type, balanced_weights, epochs_for
from processes import Process, joined_process
from reading import reader_of
from reference import neutral_texts, reference_of
from sentences import Sentences, label_names, place_of, read_sentences, validation_part
from split import Split
from trainer import StoppedError, Trainer, log, scores
from trimming import cls_token_only, trimmed_vocabulary

# What decides the trained weights, besides the data.
HYPERPARAMETERS = (
    "base_model", "epochs", "batch_size", "learning_rate", "max_length", "warmup_ratio", "weight_decay", "seed",
    "metric", "patience", "class_weights", "label_smoothing", "overflow",
)  # fmt: skip


def main() -> None:
    """Runs the training; what the caller can mend ends in one sentence on stderr and exit code 1."""
    try:
        args = parse_arguments(sys.argv[1:])
        with joined_process(args.hosts, args.current_host) as process:
            train(args, process)
    except StoppedError as stopped:
        print(stopped, file=sys.stderr, flush=True)
        sys.exit(128 + signal.SIGTERM)
    except InputError as error:
        if os.environ.get("RANK", "0") == "0":
            # SageMaker's toolkit reports stderr from the first line on that names one of Python's own exceptions.
            print(f"ValueError: {error}", file=sys.stderr, flush=True)
        sys.exit(1)


def train(args: Arguments, process: Process) -> None:
    """Trains on the training split, measures on the test split, saves the artifact."""
    started = time.perf_counter()
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    if not args.training:
        export_unmeasured(args, process)
        return

    training_rows = read_sentences(Path(args.training))
    testing_rows = read_sentences(Path(args.testing), training_rows)
    labels = label_names(training_rows)
    refuse_windows_of_pairs(args.overflow, pairs=training_rows.pairs)

    torch.manual_seed(args.seed)
    model, tokenizer = load_base_model(args, labels if args.epochs else None)
    if not args.epochs:
        labels = labels_of(model, training_rows)
    reader = reader_of(tokenizer)
    model.to(process.device)
    if process.device.type == "cpu":
        # As dropout rules the CPU's fast attention out, the default would compute the same in more steps.
        model.set_attn_implementation("eager")
        use_fast_dropout(model)
    log(process, f"tokenizing {len(training_rows.texts) + len(testing_rows.texts)} texts")
    training, validation, testing = (
        Split(rows, labels, reader, in_windows=args.overflow == "window", takes_types=takes_token_types(model))
        for rows in (*validation_part(training_rows), testing_rows)
    )

    if args.overflow == "error":
        refuse_longer(args.training, training, validation)
        refuse_longer(args.testing, testing)
    unknown = unknown_texts(args.base_model, tokenizer, training)

    epochs = epochs_for(len(training), args.batch_size) if args.epochs == BY_SIZE else args.epochs
    weights = balanced_weights(training.targets) if args.class_weights == "balanced" else None
    dtype = autocast_type(args.precision, process.device)
    # What decides the weights, bit for bit: which a checkpoint must be of, and metrics.json tells.
    conditions = {name: getattr(args, name) for name in HYPERPARAMETERS} | {
        "epochs": epochs,
        "precision": str(dtype or torch.float32).removeprefix("torch."),
        "processes": process.world_size,
    }
    run = conditions | {"data": hash_of_data(training_rows, testing_rows)}
    if args.checkpoint_dir:
        # Its folder may hold another model the next time, or the same model be in another folder.
        run["base_model"] = hash_of_base_model(model, tokenizer)
    # As nothing is fitted yet, in the form that tells whether a text may have several labels.
    task = Task(labels, training_rows.pairs, [THRESHOLD] * len(labels) if training_rows.several else None)
    task = task._replace(overflow=args.overflow)
    token_ids = torch.cat(
        [*(split.token_ids for split in (training, validation, testing)), torch.tensor([training.pad_token_id])]
    )
    with cls_token_only(model), trimmed_vocabulary(model, token_ids):
        loss = TrainingLoss(weights, args.label_smoothing)
        trained = Trainer(args, process, model, training, validation, testing, task, epochs, loss, run, dtype).train()

    if process.is_first:
        model.cpu().eval()
        log(process, "exporting the model")
        exported = export(Path(args.model_dir), model, training, validation, testing, trained.task)
        model.config.update(description_of_task(exported.task))
        # By the temperature and the thresholds that the artifact serves with, in whatever form.
        fp32 = classification_metrics(trained.testing_logits, testing.targets, exported.task)
        warnings = [
            *exported.warnings,
            *unknown,
            *truncation_warnings(args.overflow, {"training": training, "validation": validation, "test": testing}),
            *cautions(exported.metrics or fp32, validation.targets),
        ]
        warn(warnings)
        metrics = {
            **(exported.metrics or fp32),
            "serving": exported.serving,
            "fp32": fp32,
            "validation": {"rows": len(validation), **scores(trained.validation)},
            "history": trained.history,
            "warnings": warnings,
            "training": {
                **conditions,
                "steps": int(trained.history[-1]["step"]) if trained.history else 0,
                "device": process.device.type,
                "rows": len(training),
                "validation_rows": len(validation),
                "rows_per_second": round(trained.rows_per_second, 1),
                "seconds": round(time.perf_counter() - started, 1),
                "ended_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "torch": torch.__version__,
                "transformers": transformers.__version__,
            },
        }
        reference = reference_of({"fp32": model_engine(model), **exported.forms}, tokenizer, exported.task)
        save_artifact(args, model, tokenizer, metrics, reference, testing_rows)


def export_unmeasured(args: Arguments, process: Process) -> None:
    """Saves an artifact of a finished classifier, with no row to measure it by: its metrics.json has 0 `rows`."""
    if not process.is_first:
        return
    model, tokenizer = load_base_model(args, None)
    task = task_of(model.config.to_dict())._replace(overflow=args.overflow)
    refuse_windows_of_pairs(args.overflow, pairs=task.text_pair)
    model.config.update(description_of_task(task))
    log(process, "exporting the model")
    texts = neutral_texts()
    split = Split(Sentences(texts, [(task.labels[0],)] * len(texts)), task.labels, reader_of(tokenizer))
    exported = export(Path(args.model_dir), model.eval(), split, None, None, task)
    warnings = [
        *exported.warnings,
        "the model has no metrics, neither accuracy nor any other, as there were no labeled texts to measure it by",
    ]
    warn(warnings)
    metrics = {"rows": 0, "serving": exported.serving, "warnings": warnings}
    save_artifact(args, model, tokenizer, metrics, reference_of({"fp32": model_engine(model)}, tokenizer, task))


def labels_of(model: Any, rows: Sentences) -> list[str]:
    """A finished classifier's labels in the order of their ids. Raises InputError where the data's are none of them."""
    task = task_of(model.config.to_dict())
    if rows.several is not (task.thresholds is not None):
        raise InputError(
            f"the classifier gives a text {'one label' if rows.several else 'any number of labels'}, and the data "
            f"{'any number' if rows.several else 'one'}: measure it by others, or train it for an epoch or more"
        )
    unknown = sorted({label for labels in rows.labels for label in labels} - {*task.labels})
    if unknown:
        own = ", ".join(map(repr, task.labels))
        raise InputError(
            f"the classifier has no label {unknown[0]!r}, which the data have, only {own}: name the data's labels as "
            "the model's id2label does, or train it for an epoch or more"
        )
    return task.labels


def warn(warnings: list[str]) -> None:
    """Prints a line each to stderr."""
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr, flush=True)


def truncation_warnings(overflow: str, splits: dict[str, Split]) -> list[str]:
    """One sentence for each split that has texts which were cut."""
    return [
        f"{name} texts of more than {split.max_length} tokens, which are cut: {split.longer} of {len(split)}; raise "
        "--max_length, or read them by --overflow window"
        for name, split in splits.items()
        if split.longer and overflow == "truncate"
    ]


def refuse_windows_of_pairs(overflow: str, *, pairs: bool) -> None:
    """Raises InputError, for what one of both texts means is in all of the other."""
    if pairs and overflow == "window":
        raise InputError("--overflow is window, in which no pairs are read; choose truncate or error")


def refuse_longer(folder: str, *splits: Split) -> None:
    """Raises InputError where a text of the folder's splits is longer than the model takes."""
    longer = [split.first_longer for split in splits if split.first_longer]
    if longer:
        text, tokens = longer[0]
        raise InputError(
            f"{place_of(Path(folder), text)}: the text has {tokens} tokens, more than the {splits[0].max_length} of "
            f"--max_length, as {sum(split.longer for split in splits)} texts have; shorten them, raise --max_length, "
            "or choose another --overflow than error"
        )


def hash_of_data(training: Sentences, testing: Sentences) -> str:
    """Tells data apart, whatever folder they are in."""
    rows = json.dumps([training.several, training.texts, training.labels, testing.texts, testing.labels])
    return hashlib.sha256(rows.encode()).hexdigest()


if __name__ == "__main__":
    main()
