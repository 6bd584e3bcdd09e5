"""Classifies its arguments on the SageMaker endpoint itself, with boto3 and AWS credentials instead of an API key.

    ENDPOINT_NAME=classifier-dev-instance python endpoint_boto3.py "The dogs bark." "The dogs barks."

Against a local run, with what `npm start` prints:

    AWS_ENDPOINT_URL=http://127.0.0.1:... AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local
"""

import json
import os
import sys

import boto3

texts = sys.argv[1:]
runtime = boto3.client("sagemaker-runtime", region_name=os.environ.get("AWS_REGION"))
answer = runtime.invoke_endpoint(
    EndpointName=os.environ["ENDPOINT_NAME"],
    ContentType="application/json",
    Body=json.dumps({"inputs": texts}),
)
for text, scores in zip(texts, json.load(answer["Body"]), strict=True):
    # The highest score is the first.
    print(text, ", ".join(f"{scored['label']} {scored['score']:.3f}" for scored in scores))
