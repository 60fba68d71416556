// A committer on the gated store, with three logs, that writes down all that happens in order.

import { Committer, type Draft } from '../../src/core/committer.ts';
import type { Entry } from '../../src/core/entry.ts';
import { Log, TailMemory } from '../../src/core/log.ts';
import { GatedStore } from './world.ts';

export class Road {
  readonly store = new GatedStore();
  readonly logs = ['#a', '#b', '@c'].map((name) => new Log(head(name), false, new TailMemory(Infinity)));
  /** Everything that happened, in order. */
  readonly events: string[] = [];
  /** Each time the store began to refuse, and each time it kept again. */
  readonly turns: string[] = [];
  now = 1000;
  /** What is to be run later. */
  readonly timers: { readonly ms: number; readonly run: () => void }[] = [];
  readonly committer: Committer;
  #soon: (() => void)[] = [];

  constructor() {
    this.committer = new Committer({
      store: this.store,
      now: () => this.now,
      soon: (run) => void this.#soon.push(run),
      after: (ms, run) => void this.timers.push({ ms, run }),
      onPublished: (log, entries) => void this.events.push(`published ${log.name} ${seqs(entries)}`),
      onRefusing: (error) => void this.turns.push(error === null ? 'keeps' : `refuses ${error.message}`),
    });
    for (const log of this.logs)
      log.readers.add({
        offer: (batch) => 0 < this.events.push(`offered ${log.name} ${seqs(batch.entries)}`),
      });
  }

  add(log: number, text = '', more: Partial<Draft> = {}): void {
    this.committer.add({
      log: this.logs[log] as Log,
      kind: 'message',
      from: 'LO',
      to: '',
      text,
      withNext: false,
      follower: null,
      request: null,
      onRepeat: ({ seq }) => void this.events.push(`repeat ${text} ${seq}`),
      onCommit: ({ seq }) => void this.events.push(`commit ${text} ${seq}`),
      onShown: ({ seq }) => void this.events.push(`shown ${text} ${seq}`),
      onRefused: ({ code }) => void this.events.push(`refused ${text} ${code}`),
      ...more,
    });
  }

  async tick(): Promise<void> {
    for (const run of this.#soon.splice(0)) run();
    await new Promise((resolve) => void setImmediate(resolve));
  }

  happened(): string[] {
    return this.events.splice(0);
  }

  async kept(log: string): Promise<readonly Entry[]> {
    return this.store.page(log, { after: 0 }, 10_000);
  }
}

function head(name: string) {
  return { name, epoch: `e${name}`, topic: '', first: 1, last: 0, lastAt: 0 };
}

function seqs(entries: readonly Entry[]): string {
  return entries.map(({ seq }) => seq).join(',');
}
