type NumberArray = Uint32Array | Float64Array;

/** A list of numbers that grows, at 4 or 8 bytes each. */
export class Numbers<T extends NumberArray> {
  #array: T;
  #length = 0;

  constructor(private readonly make: new (length: number) => T) {
    this.#array = new make(1024);
  }

  get length(): number {
    return this.#length;
  }

  push(number: number): void {
    if (this.#length === this.#array.length) {
      const larger = new this.make(this.#array.length * 2);
      larger.set(this.#array);
      this.#array = larger;
    }
    this.#array[this.#length] = number;
    this.#length += 1;
  }

  /** @throws RangeError beyond the end */
  at(index: number): number {
    const number = this.#array[index];
    if (number === undefined || index >= this.#length) {
      throw new RangeError(`there is no number ${index} among ${this.#length}`);
    }
    return number;
  }
}
