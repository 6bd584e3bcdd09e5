"""Fine-tuning by transformers.Trainer with its best flags, on the rows that train.py trains on and chooses by.

Dynamic padding, bf16 where the device computes in it, fused AdamW, the best checkpoint by the Matthews correlation.
Its batches are of like length, which is faster, or of rows by chance, which may teach more: of every 50 batches of like
length, those of the longest texts come first. Prints one line of JSON. Needs `pip install accelerate`.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoModelForSequenceClassification, AutoTokenizer, DataCollatorWithPadding

sys.path.insert(0, str(Path(__file__).parents[2] / "training-code" / "source"))

from contract import Task
from metrics import THRESHOLD, classification_metrics, targets_of
from optimization import autocast_type, epochs_for
from sentences import Sentences, label_names, read_sentences, validation_part

MAX_LENGTH = 128


class Pace(transformers.TrainerCallback):  # type: ignore[misc]
    """How long the steps of all epochs took, without the measurements and the checkpoints between them."""

    seconds = 0.0
    started = 0.0

    def on_epoch_begin(self, *_: Any, **__: Any) -> None:
        self.started = time.perf_counter()

    def on_epoch_end(self, *_: Any, **__: Any) -> None:
        self.seconds += time.perf_counter() - self.started


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("training", "testing", "base_model"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("batch_size", "seed"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--learning_rate", type=float, required=True)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--train_sampling_strategy", choices=["group_by_length", "random"], required=True)
    args = parser.parse_args()

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    transformers.set_seed(args.seed)
    everything = read_sentences(Path(args.training))
    testing = read_sentences(Path(args.testing), everything)
    training, validation = validation_part(everything)
    labels = label_names(everything)
    task = Task(labels, everything.pairs, [THRESHOLD] * len(labels) if everything.several else None)
    tokenizer = AutoTokenizer.from_pretrained(args.base_model)
    model = AutoModelForSequenceClassification.from_pretrained(
        args.base_model,
        num_labels=len(labels),
        problem_type=f"{'multi' if everything.several else 'single'}_label_classification",
    )

    def rows_of(sentences: Sentences) -> list[dict[str, Any]]:
        encoded = tokenizer(list(sentences.texts), truncation=True, max_length=MAX_LENGTH)
        targets = targets_of(sentences.labels, labels, sentences.several)
        if sentences.several:
            targets = targets.float()
        return [
            {name: encoded[name][row] for name in encoded} | {"labels": target}
            for row, target in enumerate(targets.tolist())
        ]

    def measured(prediction: Any) -> dict[str, float]:
        metrics: Any = classification_metrics(
            torch.tensor(prediction.predictions),
            torch.tensor(prediction.label_ids, dtype=torch.bool if everything.several else torch.long),
            task,
        )
        return {
            name: metrics[name]
            for name in ("matthews_correlation", "accuracy", "macro_f1", "loss", "calibration_error")
        }

    epochs = args.epochs or epochs_for(len(training.texts), args.batch_size)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    with tempfile.TemporaryDirectory() as folder:
        trainer = transformers.Trainer(
            model=model,
            args=transformers.TrainingArguments(
                output_dir=folder,
                num_train_epochs=epochs,
                per_device_train_batch_size=args.batch_size,
                per_device_eval_batch_size=64,
                learning_rate=args.learning_rate,
                warmup_steps=0.1,
                weight_decay=0.01,
                seed=args.seed,
                # Emulated, it would be several times slower.
                bf16=autocast_type("auto", device) is not None,
                optim="adamw_torch_fused",
                train_sampling_strategy=args.train_sampling_strategy,
                eval_strategy="epoch",
                save_strategy="epoch",
                save_total_limit=1,
                save_only_model=True,
                load_best_model_at_end=True,
                metric_for_best_model="matthews_correlation",
                use_cpu=device.type == "cpu",
                logging_strategy="no",
                report_to=[],
                disable_tqdm=True,
            ),
            train_dataset=rows_of(training),
            eval_dataset=rows_of(validation),
            data_collator=DataCollatorWithPadding(tokenizer),
            compute_metrics=measured,
        )
        pace = Pace()
        trainer.add_callback(pace)
        trainer.train()
        rate = len(training.texts) * epochs / pace.seconds
        scores = trainer.predict(rows_of(testing)).metrics
    print(json.dumps({name.removeprefix("test_"): score for name, score in scores.items()} | {"rows_per_second": rate}))


if __name__ == "__main__":
    main()
