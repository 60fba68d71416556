// chatctl, the operator's command: reads the command line, asks the hub, says what came of it.

import { homedir } from 'node:os';
import { controlSocketCandidates, socketPathProblem } from '../control/paths.ts';
import type { ExitCode } from '../control/protocol.ts';
import { VERSION } from '../control/version.ts';
import { candidatesFor, socketIn, type Typed } from './candidates.ts';
import { ControlClient } from './client.ts';
import { type Invocation, readCommandLine } from './command-line.ts';
import { Failure } from './failure.ts';
import { Screen } from './screen.ts';
import { misuse } from './verb.ts';
import { VERBS } from './verbs.ts';

/** A person who presses Tab does not wait longer. */
const COMPLETION_WAIT_MS = 1_000;

const { argv, env, stdin, stdout, stderr } = process;
const words = argv.slice(2);

// `chatctl watch | head` is a normal way to end.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

if (words[0] === '__complete')
  await complete({ before: words.slice(1, -1), current: words.slice(1).at(-1) ?? '' });
else process.exitCode = await run();

async function run(): Promise<ExitCode> {
  const wantsJson = words.includes('--json');
  let screen = new Screen({ out: stdout, err: stderr, form: wantsJson ? 'json' : 'text', env });
  try {
    const invocation = readCommandLine(words, VERBS, VERSION, stdout.isTTY ? stdout.columns : 80);
    if (invocation.kind === 'say') {
      screen.verbatim(invocation.text);
      return 0;
    }
    const { verb, given, form } = invocation;
    screen = new Screen({ out: stdout, err: stderr, form, env });
    return await verb.run({ client: new ControlClient(socketPaths(invocation)), screen, stdin }, given);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    screen.failure(error);
    return error.exit;
  }
}

function socketPaths({ socket }: Extract<Invocation, { kind: 'run' }>): readonly string[] {
  const paths = placesToLook(socket);
  const problem = paths.map(socketPathProblem).find((each) => each !== undefined);
  if (problem !== undefined) throw misuse(problem);
  return paths;
}

function placesToLook(socket: string | undefined): readonly string[] {
  return socket === undefined
    ? controlSocketCandidates({ env, home: homedir(), uid: process.geteuid?.() ?? -1 })
    : [socket];
}

async function complete(typed: Typed): Promise<void> {
  try {
    const client = new ControlClient(placesToLook(socketIn(typed)), COMPLETION_WAIT_MS);
    const found = await candidatesFor(typed, VERBS, client);
    stdout.write(found.map((word) => `${word}\n`).join(''));
  } catch (error) {
    // No hub, no names.
    if (!(error instanceof Failure)) throw error;
  }
}
