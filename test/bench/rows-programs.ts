// The rows on what an operator waits for: chatctl beside the bare start of Node, and the hub's start beside that of one that keeps nothing.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { compare } from './compare.ts';
import { median } from './figures.ts';
import { Load } from './load.ts';
import { fill, looks } from './kept.ts';
import { asked, type Conditions, type Outcome, ratios, type Row } from './row.ts';
import { Running } from './running.ts';
import { Scratch } from './scratch.ts';

const CHATCTL = join(import.meta.dirname, '../../dist/chatctl.js');
const STARTS = 9;

function wallMs(command: readonly string[]): number {
  const started = performance.now();
  const { status } = spawnSync(process.execPath, command, { stdio: 'ignore' });
  if (status !== 0) throw new Error(`${command.join(' ')} ended with ${status}`);
  return performance.now() - started;
}

async function who({ runs, secure }: Conditions): Promise<Outcome> {
  await using server = await Running.start('hub');
  const crowd = { members: 1000, rooms: 1, speakers: 20, besides: 0 } as const;
  await using load = await Load.enter(server.way(secure), crowd);
  load.speak({ kind: 'window', messages: 256 });
  const commands = {
    'chatctl who': [CHATCTL, '--socket', join(server.dir, 'control.sock'), 'who'],
    'node -e 0': ['-e', '0'],
  };
  const { column, troubles } = await compare(
    Object.keys(commands) as (keyof typeof commands)[],
    runs,
    async (name) => {
      const times: number[] = [];
      for (let i = 0; i < STARTS; i++) {
        times.push(wallMs(commands[name]));
        // Whatever the load has to tell.
        await load.wait(0);
      }
      return { ms: median(times) };
    },
  );
  const { values } = column('ms');
  return {
    columns: [column('ms')],
    verdicts: asked({
      what: 'chatctl who to node -e 0',
      figure: ratios(values['chatctl who'], values['node -e 0']),
      bar: 3,
      sense: 'at most',
    }),
    troubles,
  };
}

const KEPT = { nothing: 0, 'a thousand': 1000, 'a million': 1_000_000 } as const;
// The usual retention would prune the million while it is measured.
const KEEP_ALL = ['--retention-entries', '2000000', '--retention-size', '4096'];

async function start({ runs }: Conditions): Promise<Outcome> {
  const names = Object.keys(KEPT) as (keyof typeof KEPT)[];
  using scratches = new DisposableStack();
  const dirs = new Map<string, string>();
  for (const name of names) {
    const { dir } = scratches.use(new Scratch());
    dirs.set(name, dir);
    await fill(dir, KEPT[name]);
  }
  const { column, troubles } = await compare(names, runs, async (name) => {
    const dir = dirs.get(name) ?? '';
    const startMs: number[] = [];
    for (let i = 0; i < STARTS; i++) {
      const started = performance.now();
      await using server = await Running.start('hub', { dir, after: KEEP_ALL });
      startMs.push(performance.now() - started);
      await server.end('SIGTERM');
    }
    return { startMs: median(startMs), ...(await looks(dir, KEPT[name])) };
  });
  const { values } = column('startMs');
  return {
    columns: [column('startMs'), column('pageMs'), column('searchMs')],
    verdicts: asked({
      what: 'start with a million entries to that with none',
      figure: ratios(values['a million'], values['nothing']),
      bar: 2,
      sense: 'at most',
    }),
    troubles,
  };
}

/** The rows by name, in the order of the table. */
export const PROGRAM_ROWS: Record<string, Row> = {
  who: { about: 'chatctl who with 1000 users under full load, wall time', measure: who },
  start: {
    about: 'until the hub takes connections, a page anywhere, a search for a rare word, by what is kept',
    measure: start,
  },
};
