// Asks the operator's own user database who somebody is: a program that is run for each question, or a Unix socket. It is asked one
// line of JSON and answers one. What does not answer in time, or not in these words, lets nobody in.

import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import type { Duplex, Readable, Writable } from 'node:stream';
import { ROLES } from '../core/commands.ts';
import { ChatError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import type { Proofs, Verdict } from '../core/proofs.ts';
import { safeLine } from '../core/text.ts';
import type { Log } from './logger.ts';
import { Turnstile } from '../core/turnstile.ts';

export interface OutsideAuth {
  /** `none`, or the path of the program, which is run without arguments. */
  readonly command: string;
  /** `none`, or the path of the socket. */
  readonly socket: string;
  readonly waitMs: number;
}

/** How to ask; null when nobody is to be asked. The program comes before the socket. */
export function outsideAuth({ command, socket, waitMs }: OutsideAuth, log: Pick<Log, 'warn'>): Proofs['ask'] {
  if (command === 'none' && socket === 'none') return null;
  const put =
    command === 'none'
      ? (line: string) => askSocket(socket, line, waitMs)
      : (line: string) => askProgram(command, line, waitMs);
  const turnstile = new Turnstile(LIMITS.outsideQuestionsAtOnce, {
    most: LIMITS.outsideQuestionsWaiting,
    full: noAnswer,
  });
  return (question) =>
    turnstile.pass(async () => {
      try {
        return verdict(await put(`${JSON.stringify(question)}\n`));
      } catch (error) {
        // What was asked is not told: a password is part of it.
        const why = error instanceof Error ? error.message : String(error);
        log.warn('the user database gave no good answer: nobody is let in by it', {
          asked: command === 'none' ? socket : command,
          error: why,
        });
        throw noAnswer();
      }
    });
}

function noAnswer(): ChatError {
  return new ChatError('busy', 'who you are cannot be looked up right now: try again in a minute', 60_000);
}

function verdict(line: string): Verdict {
  const answer = parsed(line);
  if (typeof answer !== 'object' || answer === null) throw new Error('the answer is no JSON object');
  const { ok, role, text } = answer as Record<string, unknown>;
  if (typeof ok !== 'boolean') throw new Error('the answer has no "ok": true or false');
  const known = ROLES.find((each) => each === role);
  if (role !== undefined && known === undefined)
    throw new Error(`the answer has a role that is none of ${ROLES.join(', ')}`);
  if (text !== undefined && typeof text !== 'string') throw new Error('the answer has a "text" that is none');
  return {
    ok,
    ...(known === undefined ? {} : { role: known }),
    ...(text === undefined ? {} : { text: safeLine(text).slice(0, LIMITS.reasonChars) }),
  };
}

/** A parser's own complaint would quote the answer, which may hold what was asked. */
function parsed(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    throw new Error('the answer is not JSON');
  }
}

function askProgram(command: string, line: string, waitMs: number): Promise<string> {
  // In a group of its own, so that what it started ends with it.
  const child = spawn(command, [], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
    detached: true,
  });
  return new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    firstLine(child.stdin, child.stdout, line, waitMs).then(resolve, reject);
  }).finally(() => endGroup(child.pid));
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // All of it has ended by itself.
  }
}

async function askSocket(path: string, line: string, waitMs: number): Promise<string> {
  const socket: Duplex = connect(path);
  try {
    return await firstLine(socket, socket, line, waitMs);
  } finally {
    socket.destroy();
  }
}

/** Sends `line` and resolves with the first line that comes back, or all if it ends without one. */
function firstLine(to: Writable, from: Readable, line: string, waitMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`nothing came in ${waitMs / 1000} s`)), waitMs);
    const over = (end: () => void): void => {
      clearTimeout(timer);
      end();
    };
    let text = '';
    from.setEncoding('utf8');
    from.on('data', (chunk: string) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end >= 0) over(() => resolve(text.slice(0, end)));
      else if (text.length > LIMITS.outsideAnswerBytes)
        over(() => reject(new Error('the answer is too long')));
    });
    from.once('end', () =>
      over(() => (text === '' ? reject(new Error('it ended without an answer')) : resolve(text))),
    );
    from.once('error', (error) => over(() => reject(error)));
    // One that answers without reading has closed its end already.
    if ((to as Writable | Readable) !== from) to.on('error', () => {});
    to.write(line);
    if ((to as Writable | Readable) !== from) to.end();
  });
}
