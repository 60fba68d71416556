// A conversation over pipes: each line that comes in is said, each thing that is said goes out as a line, and what
// concerns this program itself goes to standard error. At the end of the input it leaves, once all is acknowledged.

import type { Readable, Writable } from 'node:stream';
import { ChatError } from '../core/errors.ts';
import type { ChatEvent, Talk } from './events.ts';
import { Lines } from './lines.ts';
import { paragraphs, plainRowsOf } from './render.ts';
import { NO_COLOURS } from './theme.ts';
import type { Ended, View } from './view.ts';

/** So many lines are read ahead of what the hub has acknowledged. */
const AHEAD = 64;

export interface Pipes {
  readonly input: Readable;
  readonly output: Writable;
  readonly errors: Writable;
}

export class Piped implements View {
  readonly #pipes: Pipes;
  readonly #ended = Promise.withResolvers<Ended>();
  #talk: Talk | null = null;
  #refused = false;

  constructor(pipes: Pipes) {
    this.#pipes = pipes;
  }

  readonly onEvent = (event: ChatEvent): void => {
    const { output, errors } = this.#pipes;
    switch (event.type) {
      case 'ended':
        this.#ended.resolve(event);
        break;
      case 'trouble':
        this.#refused = true;
        errors.write(`chat: ${event.text}\n`);
        break;
      case 'note':
        errors.write(`chat: ${event.text}\n`);
        break;
      case 'entry':
      case 'answer':
      case 'heard': {
        const reader = { nick: this.#talk?.nick ?? '', theme: NO_COLOURS, now: Date.now() };
        const rows = paragraphs(event, reader).flatMap(plainRowsOf);
        output.write(rows.map((row) => `${row}\n`).join(''));
        break;
      }
      case 'waiting':
      case 'changed':
        break;
    }
  };

  async run(talk: Talk, early: readonly ChatEvent[]): Promise<Ended> {
    this.#talk = talk;
    for (const event of early) this.onEvent(event);
    void this.#sayAll(talk);
    const { status, text } = await this.#ended.promise;
    this.#pipes.input.destroy();
    return { status: status === 0 && this.#refused ? 1 : status, text };
  }

  /** Says each line of the input; at its end leaves. */
  async #sayAll(talk: Talk): Promise<void> {
    const lines = new Lines();
    try {
      for await (const chunk of this.#pipes.input) {
        for (const line of lines.push(chunk as Buffer)) await this.#say(talk, line);
      }
      const rest = lines.rest();
      if (rest !== null) await this.#say(talk, rest);
    } catch (error) {
      // Its own end closes the input under the loop.
      if (error instanceof ChatError)
        this.onEvent({ type: 'trouble', text: `the input has ${error.message}` });
    }
    await talk.idle();
    talk.leave();
  }

  async #say(talk: Talk, line: string): Promise<void> {
    if (line.trim() === '') return;
    try {
      talk.submit(line);
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      this.onEvent({ type: 'trouble', text: error.message });
    }
    if (talk.waiting >= AHEAD) await talk.idle();
  }
}
