/**
 * An artifact's code/inference.py that tells short texts from long ones: it needs nothing but Python, and no model.
 *
 * @param longFrom characters of a long one
 */
export const lengthHandlers = (longFrom = 6): string => `
import json
from types import SimpleNamespace
from contract import Task

def model_fn(model_dir):
    return SimpleNamespace(task=Task(["short", "long"]))

def predict_fn(request, model):
    if "unknown" in request.texts:
        raise LookupError(request.texts[0])
    return [[{"label": "long" if len(text) >= ${longFrom} else "short", "score": 1.0}] for text in request.texts]

def output_fn(prediction, accept):
    return json.dumps(prediction)
`;
