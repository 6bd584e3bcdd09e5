const ENTRIES_AT_FIRST = 1 << 16;

/**
 * Remembers which texts were seen, and with which label, by 64 bits of their SHA-256: 10 bytes an entry where a Map
 * takes about a hundred, so that millions of rows fit into a small function's memory. Open addressing, at most half full.
 */
export class SeenTexts {
  #keys = new BigUint64Array(ENTRIES_AT_FIRST);
  /** A label's number plus one; zero marks an empty slot. */
  #labels = new Uint16Array(ENTRIES_AT_FIRST);
  #size = 0;

  /**
   * Remembers a text unless it was seen before.
   *
   * @param digest the text's SHA-256
   * @param label the label's number, below 65,535
   * @returns the label that the text was first seen with, or undefined when it is new
   */
  add(digest: Buffer, label: number): number | undefined {
    const key = digest.readBigUInt64LE(0);
    const slot = this.#find(key);
    const seen = this.#labels[slot] ?? 0;
    if (seen > 0) {
      return seen - 1;
    }
    this.#keys[slot] = key;
    this.#labels[slot] = label + 1;
    this.#size += 1;
    if (this.#size * 2 > this.#keys.length) {
      this.#grow();
    }
    return undefined;
  }

  #find(key: bigint): number {
    const last = this.#keys.length - 1;
    let slot = Number(key & 0xffff_ffffn) & last;
    while (this.#labels[slot] !== 0 && this.#keys[slot] !== key) {
      slot = (slot + 1) & last;
    }
    return slot;
  }

  #grow(): void {
    const keys = this.#keys;
    const labels = this.#labels;
    this.#keys = new BigUint64Array(keys.length * 2);
    this.#labels = new Uint16Array(labels.length * 2);
    labels.forEach((label, index) => {
      const key = keys[index];
      if (label > 0 && key !== undefined) {
        const slot = this.#find(key);
        this.#keys[slot] = key;
        this.#labels[slot] = label;
      }
    });
  }
}
