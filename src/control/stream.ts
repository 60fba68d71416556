// JSON lines to somebody who may read slowly or not at all: what waits for them is bounded, what they miss is counted and told.

import type { Missed } from './protocol.ts';

const ENCODER = new TextEncoder();

export class LineStream {
  /** The body of an HTTP answer. */
  readonly body: ReadableStream<Uint8Array>;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  readonly #onOver: () => void;
  #missed = 0;

  /** At most about `maxBytes` wait for the reader. `onOver` is called once: when the reader has left, or at the end. */
  constructor(maxBytes: number, onOver: () => void) {
    this.#onOver = onOver;
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#tellMissed(),
        cancel: () => {
          this.#controller = null;
          onOver();
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: maxBytes }),
    );
  }

  /** One line for each value; those there is no room for are counted, and the reader is told how many before the next. */
  send(values: readonly object[]): void {
    let lines = '';
    this.#tellMissed();
    for (const value of values) {
      if (this.#room() > lines.length) lines += `${JSON.stringify(value)}\n`;
      else this.#missed++;
    }
    if (lines !== '') this.#controller?.enqueue(ENCODER.encode(lines));
  }

  /** Ends it after what is waiting. */
  end(): void {
    if (this.#controller === null) return;
    this.#controller.close();
    this.#controller = null;
    this.#onOver();
  }

  #room(): number {
    return this.#controller?.desiredSize ?? 0;
  }

  #tellMissed(): void {
    if (this.#missed === 0 || this.#room() <= 0) return;
    const line: Missed = { kind: 'missed', count: this.#missed };
    this.#missed = 0;
    this.#controller?.enqueue(ENCODER.encode(`${JSON.stringify(line)}\n`));
  }
}
