// A conversation on a terminal: the keyboard on one side, the talk on the other, and the screen between them.

import type { ReadStream, WriteStream } from 'node:tty';
import { COMMANDS } from '../core/commands.ts';
import { ChatError } from '../core/errors.ts';
import { LOBBY } from '../core/names.ts';
import { complete } from './completion.ts';
import { EMPTY, type EditorState, insert, type Key, press } from './editor.ts';
import type { ChatEvent, Talk } from './events.ts';
import { Keyboard } from './keyboard.ts';
import { concerns, paragraphs } from './render.ts';
import { Screen } from './screen.ts';
import type { Theme } from './theme.ts';
import type { Ended, View } from './view.ts';

const COMMAND_NAMES = COMMANDS.filter(({ may }) => may === 'user').map(({ name }) => name);

export interface TerminalSetup {
  readonly input: ReadStream;
  readonly output: WriteStream;
  readonly theme: Theme;
}

export class Terminal implements View {
  readonly #input: ReadStream;
  readonly #theme: Theme;
  readonly #screen: Screen;
  readonly #keyboard: Keyboard;
  readonly #ended = Promise.withResolvers<Ended>();
  #talk: Talk | null = null;
  #editor: EditorState = EMPTY;

  constructor({ input, output, theme }: TerminalSetup) {
    this.#input = input;
    this.#theme = theme;
    this.#screen = new Screen(output);
    this.#keyboard = new Keyboard(input, {
      key: (key) => this.#key(key),
      paste: (text) => this.#edit(insert(this.#editor, text)),
    });
  }

  readonly onEvent = (event: ChatEvent): void => {
    if (this.#talk === null) return;
    if (event.type === 'ended') {
      this.#ended.resolve(event);
      return;
    }
    const reader = { nick: this.#talk.nick, theme: this.#theme, now: Date.now() };
    const ring = event.type === 'entry' && !event.old && concerns(event.entry, reader.nick);
    for (const paragraph of paragraphs(event, reader)) this.#screen.print(paragraph, ring);
    if (event.type === 'changed') this.#show();
  };

  async run(talk: Talk, early: readonly ChatEvent[]): Promise<Ended> {
    this.#talk = talk;
    for (const event of early) this.onEvent(event);
    this.#show();
    this.#screen.start();
    this.#keyboard.start();
    this.#input.once('end', () => talk.leave());
    // However the program ends, the terminal must be as it was; writing to a terminal is done at once.
    const restore = (): void => this.#pause();
    process.on('exit', restore).on('uncaughtExceptionMonitor', restore).on('SIGCONT', this.#onContinue);
    try {
      return await this.#ended.promise;
    } finally {
      this.#pause();
      process.off('exit', restore).off('uncaughtExceptionMonitor', restore).off('SIGCONT', this.#onContinue);
    }
  }

  #pause(): void {
    this.#screen.stop();
    this.#keyboard.stop();
  }

  readonly #onContinue = (): void => {
    // Whoever stopped us may have changed the terminal's mode behind our back.
    this.#pause();
    this.#screen.start();
    this.#keyboard.start();
  };

  #key(key: Key): void {
    const { state, act } = press(this.#editor, key);
    this.#edit(state);
    switch (act.type) {
      case 'submit':
        this.#submit(act.line);
        break;
      case 'complete':
        this.#complete();
        break;
      case 'leave':
        this.#talk?.leave();
        break;
      case 'suspend':
        this.#pause();
        // The whole job stops, as it would if the terminal had seen the key; SIGCONT brings us back.
        process.kill(0, 'SIGTSTP');
        break;
      case 'redraw':
        this.#screen.clear();
        break;
      case 'none':
        break;
    }
  }

  #submit(line: string): void {
    try {
      this.#talk?.submit(line);
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      this.onEvent({ type: 'trouble', text: error.message });
      // What was refused can be put right instead of being typed again.
      this.#edit({ ...this.#editor, text: line, caret: line.length });
    }
  }

  #complete(): void {
    if (this.#talk === null) return;
    const known = { commands: COMMAND_NAMES, people: this.#talk.people(), rooms: this.#talk.rooms() };
    const { line, choices } = complete(this.#editor, known);
    if (line.text === this.#editor.text && choices.length > 0) {
      this.#screen.print(
        { margin: '      ', marginWidth: 6, body: this.#theme.dim(choices.join('  ')) },
        false,
      );
    }
    this.#edit({ ...this.#editor, ...line });
  }

  #edit(state: EditorState): void {
    this.#editor = state;
    this.#show();
  }

  #show(): void {
    this.#screen.input({ text: promptOf(this.#talk), paint: this.#theme.bold }, this.#editor);
  }
}

/** Who speaks, and where when that is not the lobby; and whether anybody hears it. */
function promptOf(talk: Talk | null): string {
  if (talk === null) return '> ';
  const { nick, room, away, waiting } = talk;
  const where = room === LOBBY ? '' : ` ${room}`;
  const state = away
    ? `(away${waiting > 0 ? `, ${waiting} waiting` : ''}) `
    : waiting > 1
      ? `(${waiting} waiting) `
      : '';
  return `${state}${nick}${where}> `;
}
