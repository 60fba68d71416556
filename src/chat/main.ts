// chat(1): the program. It reads the command line, asks for what is missing, and shows the conversation on a terminal,
// over pipes, or as JSON lines; how it ended becomes the exit status.

import { userInfo } from 'node:os';
import { VERSION } from '../control/version.ts';
import { ChatError } from '../core/errors.ts';
import { mendNickname, nickname } from '../core/nicknames.ts';
import { safeText } from '../core/text.ts';
import { Ending } from './ending.ts';
import type { Entering, Trusting } from './enter.ts';
import type { ChatEvent, OnEvent } from './events.ts';
import { parseTarget, type Target } from './join-link.ts';
import { checkFit, type Invocation, type Options, readInvocation } from './options.ts';
import { wantsOtherName } from './refusals.ts';
import { TIMING } from './timing.ts';
import type { Ended, View } from './view.ts';

const { stdin, stdout, stderr, env } = process;
/** A terminal without a cursor that can be moved is written to as a pipe is. */
const onTerminal = stdin.isTTY && stdout.isTTY && env['TERM'] !== 'dumb';

/** Says goodbye; null while there is nobody to say it to. */
let leave: (() => void) | null = null;
/** The exit status of the signal that asked us to end. */
let signalled: number | null = null;

async function main(): Promise<Ended> {
  const invocation = readInvocation(process.argv.slice(2), VERSION, stdout.columns ?? 80);
  if (invocation.kind !== 'talk') {
    stdout.write(await answerTo(invocation));
    return { status: 0, text: '' };
  }
  const { options } = invocation;
  const target = options.target ?? (await missingTarget());
  checkFit(options.security, target);
  let nick = options.nick ?? (options.json ? ownName() : await missingNick());
  const trusting = await trustingFor(options, target, nick);
  const entering = { address: target.address, trusting, room: options.room ?? target.room, timing: TIMING };
  if (options.json) return runJson({ ...entering, nick });
  for (;;) {
    try {
      return await runTalk({ ...entering, nick });
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      if (!stdin.isTTY || (error.code !== 'bad-nick' && !wantsOtherName(error.code))) throw error;
      stderr.write(`${error.message}\n`);
      nick = await missingNick();
    }
  }
}

/** What is done without going to a hub. */
async function answerTo(asked: Exclude<Invocation, { kind: 'talk' }>): Promise<string> {
  if (asked.kind === 'answer') return asked.text;
  const { accept, forget, ownIdentity } = await import('./trust/own-files.ts');
  const { Identity } = await import('./trust/identity.ts');
  if (asked.kind === 'accept') return accept(asked.address, asked.pin, env);
  if (asked.kind === 'forget') return forget(asked.address, env);
  return `${(asked.file === null ? ownIdentity(env) : Identity.read(asked.file)).key}\n`;
}

/** null when plain text was asked for: then nobody needs to know whom to trust. */
async function trustingFor({ security }: Options, target: Target, nick: string): Promise<Trusting | null> {
  if (security === 'plain') return null;
  const { credentialsFor, knownHubsFile } = await import('./trust/own-files.ts');
  const credentials = await credentialsFor(
    security.signIn,
    env,
    () => missingPassword(nick),
    (text) => stderr.write(`chat: ${text}\n`),
  );
  return { knownHubs: knownHubsFile(env), credentials, pin: target.pin, invite: target.invite };
}

/** @throws ChatError when the server does not let us in under this name. */
async function runTalk(entering: Entering): Promise<Ended> {
  const { enter } = await import('./enter.ts');
  const early: ChatEvent[] = [];
  let onEvent: OnEvent = (event) => early.push(event);
  // While the server is waited for there is time to load what shows the conversation.
  const entered = enter(entering, (event) => onEvent(event)).catch((error: unknown) => {
    // Nothing will show what was to be told before.
    for (const event of early) if (event.type === 'note') stderr.write(`chat: ${event.text}\n`);
    throw error;
  });
  const [talk, view] = await Promise.all([entered, makeView()]);
  ({ onEvent } = view);
  leave = () => talk.leave();
  return view.run(talk, early);
}

async function runJson(entering: Entering): Promise<Ended> {
  const { enterJson } = await import('./enter.ts');
  const outgoing = stdout.isTTY ? safeText : (line: string): string => line;
  const lines = await enterJson(entering, { input: stdin, output: stdout, errors: stderr, outgoing });
  leave = () => lines.leave();
  return lines.run();
}

/** What only a terminal needs is loaded only for one. */
async function makeView(): Promise<View> {
  if (!onTerminal) {
    const { Piped } = await import('./piped.ts');
    return new Piped({ input: stdin, output: stdout, errors: stderr });
  }
  const [{ Terminal }, { themeFor }] = await Promise.all([import('./terminal.ts'), import('./theme.ts')]);
  return new Terminal({ input: stdin, output: stdout, theme: themeFor(stdout.getColorDepth()) });
}

async function missingTarget(): Promise<Target> {
  if (!stdin.isTTY) throw new Ending(2, 'which hub? give its address: chat HOST[:PORT]');
  const { ask } = await import('./ask.ts');
  for (;;) {
    try {
      return parseTarget(await ask('Enter server address', 'localhost', stdin, questions()));
    } catch (error) {
      if (!(error instanceof Ending) || error.status !== 2) throw error;
      stderr.write(`${error.message}\n`);
    }
  }
}

async function missingNick(): Promise<string> {
  if (!stdin.isTTY) return ownName();
  const { ask } = await import('./ask.ts');
  for (;;) {
    try {
      return nickname(await ask('Choose your nickname', ownName(), stdin, questions()));
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      stderr.write(`${error.message}\n`);
    }
  }
}

async function missingPassword(nick: string): Promise<string> {
  if (!stdin.isTTY) {
    throw new Ending(
      2,
      'there is no terminal to ask for the password on: set CHATROOM_PASSWORD, or --password-file',
    );
  }
  const { askSecretly } = await import('./ask.ts');
  return askSecretly(`Password of ${nick}`, stdin, questions());
}

/** Where a person reads a question, when what is said goes into a file. */
function questions(): NodeJS.WriteStream {
  return stdout.isTTY ? stdout : stderr;
}

/** The name a person has on this machine. */
function ownName(): string {
  return mendNickname(env['USER'] ?? env['LOGNAME'] ?? userInfo().username);
}

/** Ends the program when everything that was written is out. */
function end(status: number): void {
  stdout.write('', () => process.exit(signalled ?? status));
}

// A signal says goodbye first, and a second one does not wait for that. Leaving by process.exit restores the terminal.
for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.on(signal, () => {
    if (signalled !== null || leave === null) process.exit(status);
    signalled = status;
    leave();
  });
}
// Nobody reads any more: there is nothing left to do.
for (const stream of [stdout, stderr]) {
  stream.on('error', () => {
    if (leave === null) process.exit(0);
    leave();
  });
}

try {
  const { status, text } = await main();
  if (text !== '') stderr.write(`chat: ${text}\n`);
  end(status);
} catch (error) {
  if (!(error instanceof Ending) && !(error instanceof ChatError)) throw error;
  if (error.message !== '') stderr.write(`chat: ${error.message}\n`);
  end(error instanceof Ending ? error.status : 1);
}
