#!/bin/sh
# Serves an artifact as SageMaker's container does: the Hugging Face toolkit on multi-model-server, which needs Java, with
# two workers of one thread each. The toolkit's last release does not know transformers 5, so that it has an environment
# of its own: pip install 'transformers<5' numpy onnxruntime sagemaker-inference retrying psutil requests 'setuptools<81',
# then pip install --no-deps sagemaker-huggingface-inference-toolkit==2.6.0 multi-model-server==1.1.11.
#
# usage: toolkit-server.sh ENVIRONMENT ARTIFACT PORT
set -eu
environment=$(realpath "$1") artifact=$(realpath "$2")
base=$(mktemp -d)
trap 'rm -rf "$base"' EXIT
ln -s "$artifact" "$base/model"
cd "$base"
# Where the server notes that it runs, of which there may be one a folder.
export TMPDIR="$base" PATH="$environment/bin:$PATH" SAGEMAKER_BASE_DIR="$base" SAGEMAKER_BIND_TO_PORT="$3"
export SAGEMAKER_PROGRAM=inference.py SAGEMAKER_MODEL_SERVER_WORKERS=2 OMP_NUM_THREADS=1 MKL_NUM_THREADS=1
export TOKENIZERS_PARALLELISM=false
"$environment/bin/python" -c 'from sagemaker_huggingface_inference_toolkit import serving; serving.main()' >"$base/log" 2>&1
