/** Keeps the rows of the least rank, whatever the number of all: twice as many are held at most. */
export class TopRows<T> {
  private kept: { readonly rank: number; readonly key: string; readonly row: T }[] = [];

  /** @param most rows that are kept */
  constructor(private readonly most: number) {}

  /** @param key of rows with the same, the first one counts */
  add(rank: number, key: string, row: T): void {
    this.kept.push({ rank, key, row });
    if (this.kept.length >= 2 * this.most) {
      this.cut();
    }
  }

  /** The least rank first; of equal ones, what came first. */
  rows(): T[] {
    this.cut();
    return this.kept.map(({ row }) => row);
  }

  private cut(): void {
    const keys = new Set<string>();
    this.kept = this.kept
      .sort((one, other) => one.rank - other.rank)
      .filter(({ key }) => !keys.has(key) && keys.add(key))
      .slice(0, this.most);
  }
}
