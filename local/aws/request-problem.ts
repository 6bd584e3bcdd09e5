import * as v from 'valibot';

/** What is wrong with a request that a stand-in's schema does not take: `field: why`. */
export function requestProblem([issue]: readonly [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]]): string {
  const problem = issue.expected === 'never' ? 'this field is not implemented' : issue.message;
  return `${v.getDotPath(issue) ?? 'the request'}: ${problem}`;
}
