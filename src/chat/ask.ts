// The two questions the original client asked, for what the command line does not say; and one for a password.

import { createInterface } from 'node:readline/promises';
import { type Readable, Writable } from 'node:stream';
import { Ending } from './ending.ts';

/** One line typed by a person; `otherwise` when it is empty. @throws Ending when they would rather leave. */
export async function ask(
  question: string,
  otherwise: string,
  input: Readable,
  output: Writable,
): Promise<string> {
  const answer = await answerTo(`${question} [${otherwise}]: `, input, output, output);
  return answer.trim() === '' ? otherwise : answer.trim();
}

/** One line typed by a person and not shown, as it is. @throws Ending when they would rather leave. */
export async function askSecretly(question: string, input: Readable, output: Writable): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  output.write(`${question}: `);
  const answer = await answerTo('', input, nowhere, output);
  output.write('\n');
  return answer;
}

/** `echo` is where the terminal shows what is typed. */
async function answerTo(
  question: string,
  input: Readable,
  echo: Writable,
  output: Writable,
): Promise<string> {
  // Without a terminal's editing there is nothing to hide what is typed; with it nothing is shown but by us.
  const lines = createInterface({ input, output: echo, ...(echo === output ? {} : { terminal: true }) });
  const left = Promise.withResolvers<never>();
  lines.once('close', () => left.reject(new Ending(0, '')));
  try {
    return await Promise.race([lines.question(question), left.promise]);
  } catch (error) {
    // The cursor still stands behind the question.
    output.write('\n');
    throw error;
  } finally {
    left.promise.catch(() => {});
    lines.close();
  }
}
