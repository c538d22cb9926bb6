/** Where those wait, by team, whose needs would fit if money came home that was called. */
export class Parking {
  readonly #waiting = new Map<string, Set<() => void>>();

  /** Resolves when money has come home to the team, or after `most` ms. */
  wait(team: string, most: number): Promise<void> {
    const waiting = this.#waiting.get(team) ?? new Set();
    this.#waiting.set(team, waiting);
    return new Promise((resolve) => {
      const go = () => {
        clearTimeout(timer);
        waiting.delete(go);
        if (waiting.size === 0 && this.#waiting.get(team) === waiting) this.#waiting.delete(team);
        resolve();
      };
      const timer = setTimeout(go, most);
      waiting.add(go);
    });
  }

  /** Money has come home. */
  wake(team: string): void {
    for (const go of this.#waiting.get(team) ?? []) go();
  }
}
