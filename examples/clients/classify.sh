#!/usr/bin/env bash
# Classifies the sentence given as the first argument, with curl alone.
#
#   CLASSIFY_URL=http://localhost:8080/classify CLASSIFY_API_KEY=... ./classify.sh "The dogs barks."
set -euo pipefail

text=${1:?usage: classify.sh TEXT}
text=${text//\\/\\\\}
text=${text//\"/\\\"}

curl --silent --show-error --fail-with-body \
  --header "content-type: application/json" \
  --header "x-api-key: ${CLASSIFY_API_KEY:?set CLASSIFY_API_KEY to the key of the API}" \
  --data "{\"inputs\": \"$text\"}" \
  "${CLASSIFY_URL:?set CLASSIFY_URL to the address that ends in /classify}"
echo
