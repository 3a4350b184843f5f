/** Counts the work that is in progress. */
export class RunningCount {
  #running = 0;

  get running(): number {
    return this.#running;
  }

  async run<T>(work: () => PromiseLike<T>): Promise<T> {
    this.#running += 1;
    try {
      return await work();
    } finally {
      this.#running -= 1;
    }
  }
}
