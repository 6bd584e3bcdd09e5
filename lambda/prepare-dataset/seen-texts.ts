const ENTRIES_AT_FIRST = 1 << 16;

/**
 * Remembers which texts were seen, and where first, by 64 bits of their hash: 12 bytes an entry where a Map takes about a
 * hundred, so that millions of rows fit into a small function's memory. Open addressing, at most half full.
 */
export class SeenTexts {
  #keys = new BigUint64Array(ENTRIES_AT_FIRST);
  /** A row's number plus one; zero marks an empty slot. */
  #rows = new Uint32Array(ENTRIES_AT_FIRST);
  #size = 0;

  /**
   * Remembers a text unless it was seen before.
   *
   * @param digest the text's SHA-256
   * @param row its number, below 2 ** 32 - 1
   * @returns the row that the text was first seen in, or undefined when it is new
   */
  add(digest: Buffer, row: number): number | undefined {
    const key = digest.readBigUInt64LE(0);
    const slot = this.#find(key);
    const seen = this.#rows[slot] ?? 0;
    if (seen > 0) {
      return seen - 1;
    }
    this.#keys[slot] = key;
    this.#rows[slot] = row + 1;
    this.#size += 1;
    if (this.#size * 2 > this.#keys.length) {
      this.#grow();
    }
    return undefined;
  }

  #find(key: bigint): number {
    const last = this.#keys.length - 1;
    let slot = Number(key & 0xffff_ffffn) & last;
    while (this.#rows[slot] !== 0 && this.#keys[slot] !== key) {
      slot = (slot + 1) & last;
    }
    return slot;
  }

  #grow(): void {
    const keys = this.#keys;
    const rows = this.#rows;
    this.#keys = new BigUint64Array(keys.length * 2);
    this.#rows = new Uint32Array(rows.length * 2);
    rows.forEach((row, index) => {
      const key = keys[index];
      if (row > 0 && key !== undefined) {
        const slot = this.#find(key);
        this.#keys[slot] = key;
        this.#rows[slot] = row;
      }
    });
  }
}
