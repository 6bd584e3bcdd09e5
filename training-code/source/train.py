"""Fine-tunes a BERT-family model to classify sentences, measures it and saves an artifact that is ready to serve.

On a laptop, in a SageMaker container (which sets SM_*), and on several processes or hosts by torchrun alike:

    python train.py --training data/training --testing data/testing --model_dir model --epochs 3
    torchrun --nproc_per_node 2 train.py --training data/training ...

The test split chooses nothing: it is only measured, after each epoch and once for the artifact.
"""

import hashlib
import itertools
import json
import math
import os
import random
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors import SafetensorError
from torch.nn.functional import cross_entropy
from torch.nn.parallel import DistributedDataParallel
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from arguments import Arguments, parse_arguments
from batches import length_grouped_batches, sorted_batches
from checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from dropout import use_fast_dropout
from errors import InputError
from export import CODE, export
from metrics import Metrics, classification_metrics
from processes import Process, joined_process
from reference import reference_scores
from sentences import Sentences, label_names, read_sentences
from split import Split
from unread import first_token_only, used_embeddings_only

EVALUATION_BATCH_SIZE = 64
PROGRESS_LINES_PER_EPOCH = 5
# What decides the trained weights, besides the data.
HYPERPARAMETERS = (
    "base_model", "epochs", "batch_size", "learning_rate", "max_length", "warmup_ratio", "weight_decay", "seed"
)  # fmt: skip


def main() -> None:
    """Runs the training; what the caller can mend ends in one sentence on stderr and exit code 1."""
    try:
        args = parse_arguments(sys.argv[1:])
        with joined_process(args.hosts, args.current_host) as process:
            train(args, process)
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

    training_rows = read_sentences(Path(args.training), args.text_column, args.label_column)
    testing_rows = read_sentences(
        Path(args.testing), args.text_column, args.label_column, known_labels=sorted(set(training_rows.labels))
    )
    labels = label_names(training_rows, testing_rows)

    torch.manual_seed(args.seed)
    model, tokenizer = load_base_model(args, labels)
    model.to(process.device)
    if process.device.type == "cpu":
        # As dropout rules the CPU's fast attention out, the default would compute the same in more steps.
        model.set_attn_implementation("eager")
        use_fast_dropout(model)
    training = Split(training_rows, labels, tokenizer, args.max_length)
    testing = Split(testing_rows, labels, tokenizer, args.max_length)

    number_type = autocast_type(args.precision, process.device)
    run = description_of_run(args, training_rows, testing_rows)
    steps = math.ceil(len(training) / args.batch_size) * args.epochs
    factor = warm_up_then_decay(steps, args.warmup_ratio)
    decay = math.prod(1 - args.learning_rate * factor(step) * args.weight_decay for step in range(steps))
    token_ids = torch.cat([training.token_ids, testing.token_ids, torch.tensor([training.pad_token_id])])
    with first_token_only(model), used_embeddings_only(model, token_ids, decay):
        metrics, rows_per_second = train_epochs(
            args,
            process,
            model=model,
            training=training,
            testing=testing,
            labels=labels,
            run=run,
            factor=factor,
            number_type=number_type,
        )

    if process.is_first:
        conditions = {name: run[name] for name in HYPERPARAMETERS} | {
            "precision": str(number_type or torch.float32).removeprefix("torch."),
            "device": process.device.type,
            "processes": process.world_size,
            "rows": len(training),
            "rows_per_second": round(rows_per_second, 1),
            "seconds": round(time.perf_counter() - started, 1),
            "torch": torch.__version__,
            "transformers": transformers.__version__,
        }
        serving = export(Path(args.model_dir), model, training, testing, labels, args.seed)
        save_artifact(args, model, tokenizer, {**metrics, "serving": serving, "training": conditions})


def train_epochs(
    args: Arguments,
    process: Process,
    *,
    model: Any,
    training: Split,
    testing: Split,
    labels: list[str],
    run: dict[str, Any],
    factor: Callable[[int], float],
    number_type: torch.dtype | None,
) -> tuple[Metrics, float]:
    """Trains, from the checkpoint on where there is one; answers the metrics, and the last epoch's rows per second.

    `run` is what a checkpoint must be of; `factor` the learning rate's in step 0, 1, ...; `number_type` what to compute
    in, None being fp32.
    """
    optimizer = torch.optim.AdamW(parameter_groups(model, args.weight_decay), lr=args.learning_rate, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)

    epochs_done = 0
    if args.checkpoint_dir:
        # Rank 0 reads for all: hosts do not share the folder.
        checkpoint = process.share(load_checkpoint(Path(args.checkpoint_dir), run) if process.is_first else None)
        if checkpoint:
            try:
                model.load_state_dict(checkpoint["model"])
                optimizer.load_state_dict(checkpoint["optimizer"])
                schedule.load_state_dict(checkpoint["schedule"])
            except (KeyError, RuntimeError, ValueError) as error:
                raise InputError(
                    f"the checkpoint in {args.checkpoint_dir} does not fit this model: it is of another version of the "
                    "base model or of this program; delete it to start from the beginning"
                ) from error
            epochs_done = checkpoint["epochs_done"]
            log(process, f"resumed after epoch {epochs_done} from {args.checkpoint_dir}")

    log(
        process,
        f"{len(training)} rows to train, {len(testing)} to test, {len(labels)} labels; "
        f"{process.world_size} process(es) on {process.device.type}, {number_type or torch.float32}",
    )
    parallel = DistributedDataParallel(model) if process.world_size > 1 else model
    metrics = None
    rows_per_second = 0.0
    for epoch in range(epochs_done, args.epochs):
        epoch_started = time.perf_counter()
        train_loss = train_epoch(
            epoch,
            args,
            process,
            model=parallel,
            training=training,
            optimizer=optimizer,
            schedule=schedule,
            number_type=number_type,
        )
        rows_per_second = len(training) / (time.perf_counter() - epoch_started)
        # Only the last metrics judge the model; those before show the way, and need not cost as much.
        is_last = epoch + 1 == args.epochs
        metrics = measure(model, testing, labels, process, None if is_last else number_type)
        log(
            process,
            f"epoch={epoch + 1}/{args.epochs} train_loss={train_loss:.4f} test_loss={metrics['loss']:.4f} "
            f"test_accuracy={metrics['accuracy']:.4f} "
            f"test_matthews_correlation={metrics['matthews_correlation']:.4f} "
            f"test_macro_f1={metrics['macro_f1']:.4f} rows_per_second={rows_per_second:.0f}",
        )
        if args.checkpoint_dir and process.is_first:
            save_checkpoint(
                Path(args.checkpoint_dir),
                Checkpoint(
                    run=run,
                    epochs_done=epoch + 1,
                    model=model.state_dict(),
                    optimizer=optimizer.state_dict(),
                    schedule=schedule.state_dict(),
                ),
            )
    return metrics or measure(model, testing, labels, process, None), rows_per_second


def train_epoch(
    epoch: int,
    args: Arguments,
    process: Process,
    *,
    model: torch.nn.Module,
    training: Split,
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LambdaLR,
    number_type: torch.dtype | None,
) -> float:
    """Trains once over the training split and answers the mean loss per row. The first epoch is 0."""
    batches = length_grouped_batches(training.lengths, args.batch_size, seed=f"{args.seed}/{epoch}")
    # Of its own in each epoch and process: so a resumed run draws as an uninterrupted one, and no two processes alike.
    torch.manual_seed(random.Random(f"{args.seed}/{epoch}/{process.rank}").getrandbits(63))
    model.train()
    epoch_loss, recent_loss, recent_rows = 0.0, torch.zeros((), device=process.device), 0

    for step, batch in enumerate(batches, start=1):
        # A small last batch may leave a process without rows: it goes along with one row that counts nothing.
        share = batch[process.rank :: process.world_size]
        rows = share or batch[:1]
        with torch.autocast(process.device.type, dtype=number_type, enabled=number_type is not None):
            logits = model(**training.inputs(rows, process.device)).logits
        loss = cross_entropy(logits.float(), training.label_ids[rows].to(process.device), reduction="sum")
        loss = loss * (len(share) / len(rows))
        # DistributedDataParallel averages over processes; this makes it the mean over the rows of the whole batch.
        torch.autograd.backward(loss * process.world_size / len(batch))
        torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()

        recent_loss += loss.detach()
        recent_rows += len(batch)
        if step % math.ceil(len(batches) / PROGRESS_LINES_PER_EPOCH) == 0 or step == len(batches):
            total = process.total(recent_loss)
            if not math.isfinite(total):
                raise InputError(f"the loss is no number any more in epoch {epoch + 1}; lower --learning_rate")
            progress = f"epoch={epoch + 1}/{args.epochs} step={step}/{len(batches)}"
            log(process, f"{progress} train_loss={total / recent_rows:.4f}")
            epoch_loss += total
            recent_loss.zero_()
            recent_rows = 0
    return epoch_loss / len(training)


def load_base_model(args: Arguments, labels: list[str]) -> tuple[Any, Any]:
    """The base model with a new head for `labels`, in fp32, and its tokenizer; InputError where there is none."""
    names = dict(enumerate(labels))
    try:
        tokenizer = AutoTokenizer.from_pretrained(args.base_model)
        model = AutoModelForSequenceClassification.from_pretrained(
            args.base_model,
            dtype=torch.float32,
            num_labels=len(labels),
            id2label=names,
            label2id={label: number for number, label in names.items()},
            problem_type="single_label_classification",
            # A base model that was a classifier itself has a head of another size, which is replaced.
            ignore_mismatched_sizes=True,
        )
    except (OSError, ValueError, SafetensorError) as error:
        raise InputError(
            f"base model {args.base_model!r} cannot be loaded: it is neither a folder with config.json, weights and "
            f"tokenizer nor a model that the hub gives from here ({str(error).strip().splitlines()[0]})"
        ) from error
    longest = min(tokenizer.model_max_length, getattr(model.config, "max_position_embeddings", args.max_length))
    if args.max_length > longest:
        raise InputError(f"--max_length is {args.max_length}; base model {args.base_model!r} takes at most {longest}")
    # Saved with the tokenizer, so that serving truncates where training did.
    tokenizer.model_max_length = args.max_length
    return model, tokenizer


def parameter_groups(model: torch.nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Weight matrices decay; biases and LayerNorms, the parameters with one dimension, do not."""
    parameters = list(model.parameters())
    return [
        {"params": [p for p in parameters if p.ndim >= 2], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.ndim < 2], "weight_decay": 0.0},
    ]


def warm_up_then_decay(steps: int, warmup_ratio: float) -> Callable[[int], float]:
    """The learning rate's factor in step 0, 1, ...: linearly up to 1 in the warm-up, then linearly down to 0."""
    warm_up = int(steps * warmup_ratio)
    return lambda step: min((step + 1) / (warm_up + 1), (steps - step) / (steps - warm_up))


def autocast_type(precision: str, device: torch.device) -> torch.dtype | None:
    """The type to compute in, None being fp32: bf16 only where the hardware multiplies it, as emulated it is slow."""
    if device.type == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        # torch has public names for this only from 2.10 on, and the training container has 2.9.
        native = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return torch.bfloat16 if precision == "bf16" or (precision == "auto" and native) else None


@torch.no_grad()
def measure(
    model: torch.nn.Module, split: Split, labels: list[str], process: Process, number_type: torch.dtype | None
) -> Metrics:
    """Metrics over the whole split, each row once, shared among the processes; None is fp32, as the model is served."""
    model.eval()
    batches = sorted_batches(split.lengths, EVALUATION_BATCH_SIZE)[process.rank :: process.world_size]
    with torch.autocast(process.device.type, dtype=number_type, enabled=number_type is not None):
        answers = [(rows, model(**split.inputs(rows, process.device)).logits.float().cpu()) for rows in batches]
    everyone = list(itertools.chain.from_iterable(process.gather(answers)))
    order = torch.tensor(list(itertools.chain.from_iterable(rows for rows, _ in everyone)))
    logits = torch.cat([logits for _, logits in everyone])[order.argsort()]
    return classification_metrics(logits, split.label_ids, labels)


def description_of_run(args: Arguments, training: Sentences, testing: Sentences) -> dict[str, Any]:
    """What makes a run the same run: hyperparameters, and the data by their hash."""
    rows = json.dumps([training.texts, training.labels, testing.texts, testing.labels])
    return {name: getattr(args, name) for name in HYPERPARAMETERS} | {"data": hashlib.sha256(rows.encode()).hexdigest()}


def save_artifact(args: Arguments, model: Any, tokenizer: Any, metrics: dict[str, Any]) -> None:
    """Writes what serving and tracing need besides what `export` writes.

    These are the weights, labels, tokenizer, metrics.json, reference.json and code/.
    """
    folder = Path(args.model_dir)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    scores = reference_scores(model, tokenizer, args.seed)
    (folder / "reference.json").write_text(json.dumps(scores) + "\n", encoding="utf-8")
    (folder / "code").mkdir(exist_ok=True)
    for name in CODE:
        shutil.copy(Path(__file__).with_name(name), folder / "code")
    report = json.dumps(metrics, indent=2, ensure_ascii=False) + "\n"
    (folder / "metrics.json").write_text(report, encoding="utf-8")
    if args.output_data_dir:
        output = Path(args.output_data_dir)
        output.mkdir(parents=True, exist_ok=True)
        (output / "metrics.json").write_text(report, encoding="utf-8")


def log(process: Process, line: str) -> None:
    """Prints one line, in one write, on rank 0: SageMaker reads metrics from lines, and from every host."""
    if process.is_first:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
