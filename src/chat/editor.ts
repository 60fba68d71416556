// The line being typed: what each key makes of it. Pure, so that every key can be tried without a terminal.

import { safeText } from '../core/text.ts';
import { after, before, blankBefore, snapped, wordAfter, wordBefore } from './graphemes.ts';

export interface Line {
  readonly text: string;
  /** Where typing goes on: a UTF-16 index, never inside a character. */
  readonly caret: number;
}

export interface EditorState extends Line {
  /** What was cut last. */
  readonly cut: string;
  /** What was sent, oldest first. */
  readonly history: readonly string[];
  /** Which of `history` is shown; its length for the line that is new. */
  readonly at: number;
  /** The new line, while an older one is shown. */
  readonly draft: string;
}

/** A key as readline.emitKeypressEvents tells of it. */
export interface Key {
  readonly name?: string | undefined;
  readonly ctrl?: boolean | undefined;
  readonly meta?: boolean | undefined;
  /** What it typed; undefined for keys that type nothing. */
  readonly text?: string | undefined;
}

/** What is to be done besides editing. */
export type Act =
  | { readonly type: 'none' | 'complete' | 'leave' | 'suspend' | 'redraw' }
  | { readonly type: 'submit'; readonly line: string };

export const EMPTY: EditorState = { text: '', caret: 0, cut: '', history: [], at: 0, draft: '' };

const MOST_HISTORY = 500;
/** Four times what a text may have: what is cut off here is refused anyway, and so never sent in part. */
const MOST_UNITS = 16_384;
const NONE: Act = { type: 'none' };

/** The line after `key`, and what the key asks for. */
export function press(state: EditorState, key: Key): { state: EditorState; act: Act } {
  if (key.ctrl === true) return control(state, key.name ?? '');
  if (key.meta === true) return { state: withMeta(state, key.name ?? ''), act: NONE };
  switch (key.name) {
    case 'return':
    case 'enter':
      return submit(state);
    case 'tab':
      return { state, act: { type: 'complete' } };
    default:
      return { state: named(state, key), act: NONE };
  }
}

/** Puts `text` where the caret is; what could not be shown is left out. */
export function insert(state: EditorState, text: string): EditorState {
  const room = Math.max(0, MOST_UNITS - state.text.length);
  const added = safeText(text).slice(0, room).toWellFormed();
  const whole = state.text.slice(0, state.caret) + added + state.text.slice(state.caret);
  return { ...state, text: whole, caret: snapped(whole, state.caret + added.length) };
}

function control(state: EditorState, name: string): { state: EditorState; act: Act } {
  switch (name) {
    case 'c':
      return { state, act: { type: 'leave' } };
    case 'd':
      return state.text === ''
        ? { state, act: { type: 'leave' } }
        : { state: remove(state, state.caret, after(state.text, state.caret)), act: NONE };
    case 'z':
      return { state, act: { type: 'suspend' } };
    case 'l':
      return { state, act: { type: 'redraw' } };
    case 'j':
    case 'm':
      return submit(state);
    case 'i':
      return { state, act: { type: 'complete' } };
    default:
      return { state: controlEdit(state, name), act: NONE };
  }
}

function controlEdit(state: EditorState, name: string): EditorState {
  const { text, caret } = state;
  switch (name) {
    case 'a':
      return move(state, 0);
    case 'e':
      return move(state, text.length);
    case 'b':
      return move(state, before(text, caret));
    case 'f':
      return move(state, after(text, caret));
    case 'h':
      return remove(state, before(text, caret), caret);
    case 'k':
      return cut(state, caret, text.length);
    case 'u':
      return cut(state, 0, caret);
    case 'w':
      return cut(state, blankBefore(text, caret), caret);
    case 'y':
      return insert(state, state.cut);
    case 'p':
      return recall(state, state.at - 1);
    case 'n':
      return recall(state, state.at + 1);
    case 'left':
      return move(state, wordBefore(text, caret));
    case 'right':
      return move(state, wordAfter(text, caret));
    default:
      return state;
  }
}

function withMeta(state: EditorState, name: string): EditorState {
  const { text, caret } = state;
  switch (name) {
    case 'b':
    case 'left':
      return move(state, wordBefore(text, caret));
    case 'f':
    case 'right':
      return move(state, wordAfter(text, caret));
    case 'd':
      return cut(state, caret, wordAfter(text, caret));
    case 'backspace':
      return cut(state, wordBefore(text, caret), caret);
    case 'return':
    case 'enter':
      return insert(state, '\n');
    default:
      return state;
  }
}

function named(state: EditorState, key: Key): EditorState {
  const { text, caret } = state;
  switch (key.name) {
    case 'backspace':
      return remove(state, before(text, caret), caret);
    case 'delete':
      return remove(state, caret, after(text, caret));
    case 'left':
      return move(state, before(text, caret));
    case 'right':
      return move(state, after(text, caret));
    case 'home':
      return move(state, 0);
    case 'end':
      return move(state, text.length);
    case 'up':
      return recall(state, state.at - 1);
    case 'down':
      return recall(state, state.at + 1);
    default:
      return key.text === undefined ? state : insert(state, key.text);
  }
}

function move(state: EditorState, caret: number): EditorState {
  return { ...state, caret };
}

function remove(state: EditorState, from: number, to: number): EditorState {
  return { ...state, text: state.text.slice(0, from) + state.text.slice(to), caret: from };
}

function cut(state: EditorState, from: number, to: number): EditorState {
  return from === to ? state : { ...remove(state, from, to), cut: state.text.slice(from, to) };
}

function recall(state: EditorState, at: number): EditorState {
  const { history } = state;
  if (at < 0 || at > history.length) return state;
  const draft = state.at === history.length ? state.text : state.draft;
  const text = history[at] ?? draft;
  return { ...state, at, draft, text, caret: text.length };
}

function submit(state: EditorState): { state: EditorState; act: Act } {
  const { text, cut: kept } = state;
  if (text.trim() === '') return { state: { ...state, text: '', caret: 0 }, act: NONE };
  const history =
    state.history.at(-1) === text ? state.history : [...state.history, text].slice(-MOST_HISTORY);
  return {
    state: { text: '', caret: 0, cut: kept, history, at: history.length, draft: '' },
    act: { type: 'submit', line: text },
  };
}
