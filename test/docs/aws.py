"""`aws SERVICE OPERATION --parameter value …` of the documents, by AWS's own description of its APIs: the AWS command
line, which reads the same, need not be installed."""

import json
import sys
import time
from urllib.parse import urlparse

import boto3
from botocore import xform_name
from botocore.awsrequest import AWSResponse

# Of the command line itself.
OF_THE_ANSWER = ["--query", "--output"]


def value_of(shape, text):
    return json.loads(text) if shape.type_name in ("structure", "list", "map") else text


def call(service, operation, options):
    client = boto3.client(service)
    if service == "scheduler":
        client.meta.events.register("before-call", start_at_once)
    name = client.meta.method_to_api_mapping[operation.replace("-", "_")]
    members = client.meta.service_model.operation_model(name).input_shape.members
    names = {f"--{xform_name(member, '-')}": member for member in members}
    parameters = {}
    while options:
        option = options.pop(0)
        if option in OF_THE_ANSWER:
            options.pop(0)
            continue
        member = names[option]
        shape = members[member]
        parameters[member] = True if shape.type_name == "boolean" else value_of(shape, options.pop(0))
    print(json.dumps(getattr(client, operation.replace("-", "_"))(**parameters), default=str))


def start_at_once(model, params, **_):
    """Does, in the place of EventBridge Scheduler, what it would when the time has come: it has no stand-in."""
    target = json.loads(params["body"])["Target"]
    states = boto3.client("stepfunctions")
    arn = states.start_execution(stateMachineArn=target["Arn"], input=target["Input"])["executionArn"]
    while (execution := states.describe_execution(executionArn=arn))["status"] == "RUNNING":
        time.sleep(0.2)
    if execution["status"] != "SUCCEEDED":
        sys.exit(f"the execution of {model.name} ended as {execution['status']}: {execution.get('cause')}")
    return AWSResponse("", 200, {}, None), {}


def copy(source, target):
    client = boto3.client("s3")
    bucket, key = urlparse(target if target.startswith("s3://") else source)[1:3]
    if target.startswith("s3://"):
        client.upload_file(source, bucket, key.lstrip("/"))
    else:
        client.download_file(bucket, key.lstrip("/"), target)


if sys.argv[1:3] == ["s3", "cp"]:
    copy(*sys.argv[3:])
else:
    call(sys.argv[1], sys.argv[2], sys.argv[3:])
