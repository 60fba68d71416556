// The two questions the original client asked, for what the command line does not say.

import { createInterface } from 'node:readline/promises';
import type { Readable, Writable } from 'node:stream';
import { Ending } from './ending.ts';

/** One line typed by a person; `otherwise` when it is empty. @throws Ending when they would rather leave. */
export async function ask(
  question: string,
  otherwise: string,
  input: Readable,
  output: Writable,
): Promise<string> {
  const lines = createInterface({ input, output });
  const left = Promise.withResolvers<never>();
  lines.once('close', () => left.reject(new Ending(0, '')));
  try {
    const answer = await Promise.race([lines.question(`${question} [${otherwise}]: `), left.promise]);
    return answer.trim() === '' ? otherwise : answer.trim();
  } catch (error) {
    // The cursor still stands behind the question.
    output.write('\n');
    throw error;
  } finally {
    left.promise.catch(() => {});
    lines.close();
  }
}
