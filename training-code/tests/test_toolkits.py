"""The scripts and handlers under SageMaker's own toolkits, laid out and started as in the containers."""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conftest import TRACING, pack, sentences, write_csv
from contract import DETAILS

SOURCE = Path(__file__).parent.parent / "source"
VERSION = "0123456789ab"
MODEL_DATA_URL = f"s3://artifacts/models/{VERSION:0<64}/model.tar.gz"
TRACE: dict[str, object] = {
    "sagemaker_program": "trace.py",
    "sagemaker_submit_directory": str(TRACING),
    "sagemaker_torch_distributed_enabled": False,
}


def run_training_job(base: Path, **hyperparameters: object) -> subprocess.CompletedProcess[str]:
    """One training job on one host in `base`, which stands for /opt/ml and already has the channels' data."""
    settings = {
        "sagemaker_program": "train.py",
        "sagemaker_submit_directory": str(SOURCE),
        "sagemaker_torch_distributed_enabled": True,
        "sagemaker_region": "us-east-1",
        **hyperparameters,
    }
    config = base / "input" / "config"
    config.mkdir(parents=True)
    (base / "output").mkdir()
    channels = sorted(folder.name for folder in (base / "input" / "data").iterdir())
    channel = {"ContentType": "text/csv", "RecordWrapperType": "None", "TrainingInputMode": "File"}
    documents: dict[str, Any] = {
        "hyperparameters": {name: json.dumps(value) for name, value in settings.items()},
        "inputdataconfig": dict.fromkeys(channels, channel),
        # The toolkit waits until the name of each host resolves, as algo-1 does in the container.
        "resourceconfig": {"current_host": "localhost", "hosts": ["localhost"], "network_interface_name": "lo"},
    }
    for name, document in documents.items():
        (config / f"{name}.json").write_text(json.dumps(document))
    return subprocess.run(
        [sys.executable, "-m", "sagemaker_training.cli.train"],
        env={
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "SAGEMAKER_BASE_DIR": str(base),
            "SAGEMAKER_TRAINING_MODULE": "sagemaker_pytorch_container.training:main",
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_train_runs_in_sagemakers_training_toolkit(base_model: Path, tmp_path: Path) -> None:
    write_csv(tmp_path / "input" / "data" / "training" / "train.csv", sentences(40, seed=1))
    write_csv(tmp_path / "input" / "data" / "testing" / "test.csv", sentences(20, seed=2))
    (tmp_path / "input" / "data" / "base_model").symlink_to(base_model)
    (tmp_path / "checkpoints").mkdir()
    ended = run_training_job(tmp_path, epochs=1, batch_size=8, learning_rate=5e-3, max_length=12, seed=42)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert (tmp_path / "output" / "success").exists()
    assert "torchrun --nnodes 1 --nproc_per_node 1 train.py" in ended.stdout + ended.stderr
    assert "epoch=1/1 train_loss=" in ended.stdout
    assert (tmp_path / "model" / "code" / "inference.py").exists()
    assert json.loads((tmp_path / "model" / "metrics.json").read_text())["rows"] == 20
    assert (tmp_path / "output" / "data" / "metrics.json").exists()
    assert (tmp_path / "checkpoints" / "checkpoint.pt").exists()


def test_the_failure_that_sagemaker_reports_is_one_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "input" / "data" / "testing").mkdir(parents=True)
    write_csv(tmp_path / "input" / "data" / "training" / "train.csv", [("a", "x"), ("b", "")])
    ended = run_training_job(tmp_path, epochs=1)
    assert ended.returncode != 0
    failure = (tmp_path / "output" / "failure").read_text()
    assert failure.startswith("ExecuteUserScriptError:")
    # DescribeTrainingJob's FailureReason has room for 1024 characters.
    assert "ValueError: train.csv, row 3: 'label' is empty" in failure[:1024]


def test_trace_runs_in_sagemakers_training_toolkit(artifact: Path, tmp_path: Path) -> None:
    pack(artifact, tmp_path / "input" / "data" / "model")
    ended = run_training_job(tmp_path, **TRACE, sequence_length=16)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert " trace.py --sequence_length 16" in ended.stdout + ended.stderr
    assert "6 texts agree to " in ended.stdout
    assert (tmp_path / "model" / "model.pt").exists()
    assert (tmp_path / "model" / "code" / "inference.py").exists()


def test_the_failure_of_a_trace_is_one_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "input" / "data" / "model").mkdir(parents=True)
    ended = run_training_job(tmp_path, **TRACE, sequence_length=1)
    assert ended.returncode != 0
    failure = (tmp_path / "output" / "failure").read_text()
    assert "ValueError: --sequence_length is 1; it must be 3 or more" in failure[:1024]


def test_traced_inference_runs_in_the_pytorch_toolkit_of_the_elastic_inference_images(
    traced: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mms.context import Context, RequestProcessor  # noqa: PLC0415
    from sagemaker_pytorch_serving_container.handler_service import HandlerService  # noqa: PLC0415

    for name in ("inference", "contract", "wordpiece"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    elsewhere = [entry for entry in sys.path if Path(entry) not in (SOURCE, TRACING)]
    monkeypatch.setattr(sys, "path", [str(traced / "code"), *elsewhere])
    monkeypatch.setenv("MODEL_DATA_URL", MODEL_DATA_URL)
    context = Context("model", str(traced), {}, batch_size=1, gpu=None, mms_version="1.1.11")
    service = HandlerService()
    service.initialize(context)

    def handle(
        body: bytes, content_type: str = "application/json", accept: str = "application/json"
    ) -> tuple[int, Any]:
        context.request_processor = [RequestProcessor({"Content-Type": content_type, "Accept": accept})]
        answer = service.handle([{"body": body}], context)[0]
        return context.get_response_status(0)[0] or 200, answer

    status, matrix = handle(b'"the dog sing"')
    assert (status, json.loads(matrix)[0][1] > 0.5) == (200, True)
    assert json.loads(handle(b'{"inputs": "the dog sing"}')[1])[0][0]["label"] == "unacceptable"
    assert json.loads(handle('["caf\u00e9"]'.encode(), "application/json; charset=utf-8")[1])
    long = json.dumps(["cat", "the cat " * 20]).encode()
    details = json.loads(handle(long, accept=DETAILS)[1])
    assert (details["truncated_inputs"], details["model_version"]) == ([1], VERSION)
    assert json.loads(handle(b'{"describe": true}')[1])["version"] == VERSION
    status, complaint = handle(b'""')
    assert status == 500
    assert complaint.startswith("input 0 is empty\n")
    for name in ("inference", "contract", "wordpiece"):
        assert sys.modules[name].__file__ == str(traced / "code" / f"{name}.py")


def test_inference_runs_in_the_hugging_face_toolkit(
    artifact: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    import transformers.file_utils  # noqa: PLC0415

    # The container's toolkit, a commit after 2.6.0, no longer asks for what transformers 5 no longer has.
    monkeypatch.setattr(transformers.file_utils, "is_tf_available", lambda: False, raising=False)
    from mms.context import Context, RequestProcessor  # noqa: PLC0415
    from mms.metrics.metrics_store import MetricsStore  # noqa: PLC0415
    from mms.service import PredictionException, emit_metrics  # noqa: PLC0415
    from sagemaker_huggingface_inference_toolkit.handler_service import HuggingFaceHandlerService  # noqa: PLC0415

    for name in ("inference", "contract", "reading", "engines", "packing"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if Path(entry) != SOURCE])
    monkeypatch.setenv("MODEL_DATA_URL", MODEL_DATA_URL)
    context = Context("model", str(artifact), {}, batch_size=1, gpu=None, mms_version="1.1.11")
    context.metrics = MetricsStore(["1"], "model")
    service = HuggingFaceHandlerService()
    service.initialize(context)
    for name in ("inference", "contract", "reading", "engines", "packing"):
        assert sys.modules[name].__file__ == str(artifact / "code" / f"{name}.py")

    def handle(body: bytes, content_type: str = "application/json", accept: str = "application/json") -> Any:
        context.request_processor = [RequestProcessor({"Content-Type": content_type, "Accept": accept})]
        return json.loads(service.handle([{"body": body}], context)[0])

    with caplog.at_level(logging.INFO):
        assert handle(b'"the dog sing"')[0][1] > 0.5
        emit_metrics(context.metrics.store)
    assert caplog.records == []
    assert handle(b'{"inputs": "the dog sing"}')[0][0]["label"] == "unacceptable"
    assert handle('["caf\u00e9"]'.encode(), "application/json; charset=utf-8")
    details = handle(json.dumps(["cat", "the cat " * 20]).encode(), accept=DETAILS)
    assert (details["truncated_inputs"], details["model_version"]) == ([1], VERSION)
    assert handle(b'{"describe": true}')["version"] == VERSION
    with pytest.raises(PredictionException, match="input 0 is empty") as refused:
        handle(b'""')
    assert refused.value.error_code == 400
