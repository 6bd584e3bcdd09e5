"""Classifies its argument with Hugging Face's own client (pip install huggingface_hub).

CLASSIFY_URL=http://localhost:8080/classify CLASSIFY_API_KEY=... python classify_huggingface.py "The dogs barks."
"""

import os
import sys

from huggingface_hub import InferenceClient

api_key = os.environ["CLASSIFY_API_KEY"]
client = InferenceClient(
    model=os.environ["CLASSIFY_URL"],  # an address is called as it is, nothing is appended
    headers={"x-api-key": api_key},
    token=api_key,  # or else the Hugging Face token saved on this machine, if any, would be sent
)
for element in client.text_classification(sys.argv[1]):
    print(f"{element.label} {element.score:.3f}")
