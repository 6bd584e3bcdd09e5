/** Virtual CPUs of an instance type, by its size alone, which says it in every family: 2 for medium and large, then 4 for each `x` of xlarge. */
export function vCpusOf(instanceType: string): number {
  const size = instanceType.slice(instanceType.lastIndexOf('.') + 1);
  return size.endsWith('xlarge') ? 4 * Number(size.replace('xlarge', '') || 1) : 2;
}
