/** While there is no endpoint at all, every request would ask, and SSM answers 40 a second to a whole account. */
const LOOK_UP_AGAIN_AFTER_MILLISECONDS = 5000;

/**
 * The name of the endpoint that classifies: as the function was deployed with it, until that endpoint is gone; then as the
 * serving stack, which may have put another in its place, has it in a parameter.
 */
export class EndpointName {
  private lookedUpAt = -Infinity;

  /**
   * @param current as the function's configuration has it
   * @param parameter in SSM, which has the name of the endpoint that there is now
   */
  constructor(
    public current: string,
    private readonly parameter: string,
  ) {}

  /**
   * Looks whether the endpoint has another name by now, and takes that.
   *
   * @throws what SSM throws
   */
  async hasChanged(abortSignal: AbortSignal): Promise<boolean> {
    if (performance.now() - this.lookedUpAt < LOOK_UP_AGAIN_AFTER_MILLISECONDS) {
      return false;
    }
    // Not loaded at a cold start, for it is needed once in the life of a deployment, if ever.
    const { readParameter } = await import('./read-parameter.lazy');
    const name = await readParameter(this.parameter, abortSignal);
    this.lookedUpAt = performance.now();
    const before = this.current;
    this.current = name ?? before;
    return this.current !== before;
  }
}
