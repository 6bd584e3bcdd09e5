"""Fine-tuning as it is usually written: fp32, rows in random order, torch's AdamW as it comes.

With --pad_to 64 it computes what the original sample's loop does, which pads every text to 64 tokens; without, each
batch is padded to its longest text. The schedule, and what is printed, are train.py's.
"""

import argparse
import csv
import time
from pathlib import Path
from typing import Any

import torch
import transformers
from sklearn.metrics import matthews_corrcoef
from torch.utils.data import DataLoader
from transformers import AutoModelForSequenceClassification, AutoTokenizer, get_linear_schedule_with_warmup

MAX_LENGTH = 128


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("training", "testing", "base_model"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("epochs", "batch_size", "seed", "pad_to"):
        parser.add_argument(f"--{name}", type=int)
    parser.add_argument("--learning_rate", type=float)
    args = parser.parse_args()

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    torch.manual_seed(args.seed)
    tokenizer = AutoTokenizer.from_pretrained(args.base_model)
    training, testing = read_rows(args.training), read_rows(args.testing)
    labels = sorted({row["label"] for row in training})
    model = AutoModelForSequenceClassification.from_pretrained(args.base_model, num_labels=len(labels))

    def collate(rows: list[dict[str, str]]) -> tuple[transformers.BatchEncoding, torch.Tensor]:
        padding = {"padding": "max_length", "max_length": args.pad_to} if args.pad_to else {"padding": True}
        texts = [row["text"] for row in rows]
        inputs = tokenizer(texts, return_tensors="pt", truncation=True, **{"max_length": MAX_LENGTH, **padding})
        return inputs, torch.tensor([labels.index(row["label"]) for row in rows])

    batches: DataLoader[Any] = DataLoader(training, args.batch_size, shuffle=True, collate_fn=collate)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.learning_rate)
    steps = len(batches) * args.epochs
    schedule = get_linear_schedule_with_warmup(optimizer, steps // 10, steps)
    for epoch in range(1, args.epochs + 1):
        started = time.perf_counter()
        model.train()
        for inputs, label_ids in batches:
            model(**inputs, labels=label_ids).loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
        rate = len(training) / (time.perf_counter() - started)
        score = measure(model, DataLoader(testing, 64, collate_fn=collate)) if epoch == args.epochs else 0.0
        print(
            f"epoch={epoch}/{args.epochs} test_matthews_correlation={score:.4f} rows_per_second={rate:.1f}", flush=True
        )


def read_rows(folder: str) -> Any:
    """Dictionaries of text and label; of type Any, as a DataLoader takes any list but says otherwise."""
    with (Path(folder) / "rows.csv").open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


@torch.no_grad()
def measure(model: torch.nn.Module, batches: DataLoader[Any]) -> float:
    model.eval()
    answered, true = [], []
    for inputs, label_ids in batches:
        answered += model(**inputs).logits.argmax(dim=1).tolist()
        true += label_ids.tolist()
    return float(matthews_corrcoef(true, answered))


if __name__ == "__main__":
    main()
