// One thing to do when the time has come; setting it again puts off or replaces what it was set to.

export class Alarm {
  #timer: NodeJS.Timeout | null = null;

  set(ms: number, run: () => void): void {
    this.clear();
    this.#timer = setTimeout(run, ms);
  }

  clear(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
