/** What a training job or model server may know of this machine: how to run programs, and how to fetch a base model by its hub id. */
const inherited =
  /^(PATH|HOME|USER|LANG|LC_\w+|TMPDIR|LD_LIBRARY_PATH|CUDA_VISIBLE_DEVICES|HF_\w+|(HTTPS?|NO|ALL)_PROXY|SSL_CERT_\w+|REQUESTS_CA_BUNDLE)$/i;

/** The part of this process's environment that Python processes get: no credentials, and no settings of another run. */
export function processEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] => inherited.test(entry[0]) && entry[1] !== undefined,
    ),
  );
}
