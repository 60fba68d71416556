// A load that is given, in place of our own: any program that brings so many members into one room, lets some of them speak, and prints what came of
// it. It is told by arguments what they say, and is all that an outsider needs to hold the same servers against each other in the same way.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { FanOut, Sample } from './fan-out.ts';
import { Running } from './running.ts';
import { type ServerName, SERVERS } from './servers.ts';
import { LOBBY, type Speech, SPEECHES } from './speeches.ts';

/** The program, or undefined for our own load. */
export const GIVEN_LOAD = process.env['CHATROOM_BENCH_LOAD'];

const TEXT_BYTES = 64;
/** Coming in, and all that is not measured. */
const BESIDES_MS = 60_000;

/** Measures one server once. */
export async function measureByGiven(program: string, name: ServerName, fanOut: FanOut): Promise<Sample> {
  // It writes a ~ before who is not identified, which is also what marks a text, so that each would count twice.
  if (name === 'ngircd') throw new Error('its lines cannot be counted by a load that is given');
  await using server = await Running.start(name);
  const { members, speakers } = fanOut.crowd;
  const { pace } = fanOut;
  const [how, much] =
    pace.kind === 'rate' ? (['--rate', pace.perSecond] as const) : (['--window', pace.messages] as const);
  const numbers = {
    '--port': server.port,
    '--pid': server.pid,
    '--members': members,
    '--senders': speakers,
    '--secs': fanOut.seconds,
    '--size': TEXT_BYTES,
    [how]: much,
  };
  const args = [...Object.entries(numbers).flat().map(String), ...wordsOf(SPEECHES[SERVERS[name].speech])];
  const timeout = fanOut.seconds * 1000 + BESIDES_MS;
  const { stdout } = await promisify(execFile)(program, args, { timeout, killSignal: 'SIGKILL' });
  return read(stdout);
}

/** What members say: `%d` stands for a member's number, what a shell would have to escape is escaped. */
function wordsOf(speech: Speech): string[] {
  const number = 987_654_321;
  const words = (text: string): string =>
    text.replaceAll(String(number), '%d').replaceAll('\r', '\\r').replaceAll('\n', '\\n');
  const text = '~'.repeat(TEXT_BYTES);
  const [before = '', after = ''] = speech.say(number, LOBBY, text).split(text);
  return [
    ...speech.enter(number, LOBBY).flatMap(({ send, wait }) => ['--step', words(send), words(wait)]),
    '--prefix',
    words(before),
    '--suffix',
    words(after),
    ...(speech.speakersApart ? ['--separate'] : []),
  ];
}

function read(said: string): Sample {
  const figure = (pattern: RegExp): number => {
    const [, found] = pattern.exec(said) ?? [];
    if (found === undefined) throw new Error(`the load says no ${String(pattern)}: ${said.trim()}`);
    return Number(found);
  };
  return {
    deliveriesPerSecond: figure(/out ([\d.]+) deliveries\/s/),
    messagesPerSecond: figure(/in ([\d.]+) msg\/s/),
    cpuMicros: figure(/server cpu ([\d.]+) us\/delivery/),
    busyPercent: figure(/us\/delivery \((\d+)%\)/),
    p50Ms: figure(/p50 ([\d.]+)/),
    p99Ms: figure(/p99 ([\d.]+)/),
    // It times the first member only.
    lastP50Ms: Number.NaN,
    lastP99Ms: Number.NaN,
  };
}
