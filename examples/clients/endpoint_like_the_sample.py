"""Classifies its arguments as AWS's sample of 2020 did: a bare string or list, answered by a matrix of scores.

https://github.com/aws-samples/amazon-sagemaker-bert-pytorch: its notebook's `predictor.predict(...)`, without the SDK.
Each row is a text, each column a label in the order of the model's ids, so that np.argmax over axis 1 tells the class.

    ENDPOINT_NAME=classifier-dev-instance python endpoint_like_the_sample.py "Somebody just left - guess who."
"""

import json
import os
import sys

import boto3
import numpy as np

runtime = boto3.client("sagemaker-runtime", region_name=os.environ.get("AWS_REGION"))


def predict(texts: str | list[str]) -> list[list[float]]:
    """The scores of a text, or of several."""
    answer = runtime.invoke_endpoint(
        EndpointName=os.environ["ENDPOINT_NAME"], ContentType="application/json", Body=json.dumps(texts)
    )
    scores: list[list[float]] = json.load(answer["Body"])
    return scores


print("classes of all", np.argmax(predict(sys.argv[1:]), axis=1))
print("class of the first", np.argmax(predict(sys.argv[1]), axis=1))
