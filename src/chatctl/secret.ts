// A password as an operator gives it: typed twice without being shown, or the first line of what is piped in.

import { EXIT } from '../control/protocol.ts';
import { LIMITS } from '../core/limits.ts';
import { Failure } from './failure.ts';
import { type Bench, misuse } from './verb.ts';

const ENTER = /[\r\n]/;
const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const CTRL_U = '\u0015';
const ERASE = /[\u0008\u007f]/;

/** @throws Failure when there is none, or the two differ. */
export async function askPassword({ stdin, screen }: Pick<Bench, 'stdin' | 'screen'>): Promise<string> {
  if (!stdin.isTTY) return piped(stdin);
  const [first, second] = [
    await typed(stdin, screen, 'Password:'),
    await typed(stdin, screen, 'The same again:'),
  ];
  if (first !== second) throw new Failure(EXIT.refused, 'usage', 'the two differ: nothing was changed');
  return first;
}

async function piped(stdin: NodeJS.ReadStream): Promise<string> {
  let text = '';
  for await (const chunk of stdin.setEncoding('utf8')) {
    text += String(chunk);
    if (text.includes('\n') || text.length > 4 * LIMITS.passwordChars) break;
  }
  const [line = ''] = text.split(/\r?\n/, 1);
  if (line === '') throw misuse('a password is wanted on standard input, in one line');
  return line;
}

function typed(stdin: NodeJS.ReadStream, screen: Bench['screen'], question: string): Promise<string> {
  // Before the question: whoever answers quickly must not be shown either.
  stdin.setRawMode(true).setEncoding('utf8').resume();
  screen.question(question);
  return new Promise((resolve, reject) => {
    let text = '';
    const over = (end: () => void): void => {
      stdin.off('data', read);
      stdin.setRawMode(false).pause();
      screen.answered();
      end();
    };
    const read = (chunk: string): void => {
      for (const char of chunk) {
        if (ENTER.test(char)) return over(() => resolve(text));
        if (char === CTRL_C || char === CTRL_D)
          return over(() => reject(new Failure(EXIT.refused, 'usage', 'given up: nothing was changed')));
        if (char === CTRL_U) text = '';
        else if (ERASE.test(char)) text = Array.from(text).slice(0, -1).join('');
        else text += char;
      }
    };
    stdin.on('data', read);
  });
}
