// The verbs for what is planned rather than urgent: a stop that everybody is told of, and a backup.

import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type BackedUp, EXIT, type ExitCode } from '../control/protocol.ts';
import { Failure } from './failure.ts';
import { size, timeOfDay } from './human.ts';
import { type Bench, misuse, type Verb } from './verb.ts';

const DEFAULT_IN = '60s';
const SECONDS_IN: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600 };

export const DRAIN: Verb = {
  name: 'drain',
  aliases: [],
  args: '',
  words: { least: 0, most: 0 },
  help: 'Tell everybody that the hub restarts, let nobody new in, and stop when the time is over',
  flags: {
    in: { value: 'TIME', help: `when it stops: 90s, 5m, 1h (${DEFAULT_IN})`, completes: 'nothing' },
    text: { value: 'TEXT', help: 'what to tell besides', completes: 'nothing' },
    cancel: { value: null, help: 'give up the stop that is planned', completes: 'nothing' },
  },
  completes: 'nothing',
  run: async (bench, { flags }) => {
    const { in: time, text, cancel } = flags;
    if (cancel !== undefined) {
      if (time !== undefined || text !== undefined) throw misuse('--cancel stands alone');
      return cancelDrain(bench);
    }
    const answer = await bench.client.call('POST /v1/drain', {
      seconds: secondsOf(time ?? DEFAULT_IN),
      ...(text === undefined ? {} : { text }),
    });
    if (bench.screen.form === 'json') bench.screen.document(answer);
    else {
      bench.screen.line(`told everybody: ${answer.text}`);
      bench.screen.line(`it stops at ${timeOfDay(answer.until)}; chatctl drain --cancel gives that up`);
    }
    return EXIT.done;
  },
};

export const BACKUP: Verb = {
  name: 'backup',
  aliases: [],
  args: '[FILE]',
  words: { least: 0, most: 1 },
  help: 'Have the hub write all that it keeps to a new FILE, by default in its state directory',
  flags: {},
  completes: 'nothing',
  run: async ({ client, screen }, { words }) => {
    const [file] = words;
    const wanted = file === undefined ? {} : { file: resolve(file) };
    // A large store takes its time.
    const answer = await client.call('POST /v1/backup', wanted, 0);
    await assertSeen(answer);
    if (screen.form === 'json') screen.document(answer);
    else screen.line(`the backup is ${answer.file}, ${size(answer.bytes)}`);
    return EXIT.done;
  },
};

async function cancelDrain({ client, screen }: Bench): Promise<ExitCode> {
  const answer = await client.call('POST /v1/drain/cancel', {});
  if (screen.form === 'json') screen.document(answer);
  if (answer.cancelled) {
    if (screen.form === 'text') screen.line('the stop is given up, and everybody was told');
    return EXIT.done;
  }
  // In JSON the answer has said it.
  if (screen.form === 'json') return EXIT.refused;
  throw new Failure(EXIT.refused, 'no-match', 'no stop is planned: chatctl status shows one that is');
}

/** The /tmp of a hardened service is its own: what it writes there is not where it was wanted, and is gone with the service. */
async function assertSeen({ file, bytes }: BackedUp): Promise<void> {
  const isThere = await stat(file).then(
    ({ size: found }) => found === bytes,
    // Who may not look cannot tell.
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  );
  if (isThere) return;
  throw new Failure(
    EXIT.refused,
    'store-failed',
    `the hub has a ${dirname(file)} of its own, where the backup is lost when it stops: leave FILE out, and copy the backup from where it is then`,
  );
}

function secondsOf(time: string): number {
  const [, count, unit = ''] = /^(\d{1,6})([smh]?)$/.exec(time) ?? [];
  if (count === undefined) throw misuse(`--in takes a time such as 90s, 5m or 1h, not ${time}`);
  return Number(count) * (SECONDS_IN[unit] ?? 1);
}
