// The row on a restart: ten thousand clients come back at once, each with something missed, while others talk.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { compare } from './compare.ts';
import { Load } from './load.ts';
import type { ReturnersOrder, ReturnersWord } from './returners.ts';
import { asked, type Conditions, type Outcome, type Row } from './row.ts';
import { Running } from './running.ts';
import { Scratch } from './scratch.ts';

const CLIENTS = 10_000;
const PATIENCE_MS = 60_000;
const TALK_PER_SECOND = 20;
const MISSED = 50;

async function ask(returners: ChildProcess, order: ReturnersOrder): Promise<ReturnersWord> {
  const signal = AbortSignal.timeout(2 * PATIENCE_MS);
  const answer = once(returners, 'message', { signal });
  returners.send(order);
  const ended = once(returners, 'exit', { signal });
  const [word] = await Promise.race([answer, ended]);
  if (returners.exitCode !== null) throw new Error('the clients ended');
  return word as ReturnersWord;
}

interface Return {
  readonly levelShare: number;
  readonly backSeconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

async function restart(dir: string, returners: ChildProcess): Promise<Return> {
  {
    await using server = await Running.start('hub', { dir });
    await ask(returners, { kind: 'enter', port: server.port, count: CLIENTS, missed: MISSED });
    await server.end('SIGTERM');
  }
  await using server = await Running.start('hub', { dir });
  const crowd = { members: 2, rooms: 1, speakers: 1, besides: 0 } as const;
  await using talk = await Load.enter(server.way(), crowd);
  talk.speak({ kind: 'rate', perSecond: TALK_PER_SECOND });
  talk.count();
  const level = await ask(returners, { kind: 'return', port: server.port, patienceMs: PATIENCE_MS });
  const { delays } = await talk.heard();
  if (level.kind !== 'level') throw new Error('the clients did not say whether they are level');
  return {
    levelShare: level.count / CLIENTS,
    backSeconds: level.seconds,
    p50Ms: delays.first.p50Ms,
    p99Ms: delays.first.p99Ms,
  };
}

async function resume({ runs }: Conditions): Promise<Outcome> {
  const { column, troubles } = await compare(['hub'], runs, async () => {
    using scratch = new Scratch();
    const returners = fork(join(import.meta.dirname, 'returners.ts'));
    try {
      return await restart(scratch.dir, returners);
    } finally {
      returners.kill('SIGKILL');
    }
  });
  const share = column('levelShare');
  return {
    columns: [share, column('backSeconds'), column('p50Ms'), column('p99Ms')],
    verdicts: asked({
      what: 'share of the clients that are back and level',
      figure: share.values['hub'] ?? [],
      bar: 1,
      sense: 'at least',
    }),
    troubles,
  };
}

/** The row by name. */
export const RESUME_ROW: Record<string, Row> = {
  resume: {
    about: `${CLIENTS} clients come back at once after a restart, ${MISSED} messages behind; two others talk meanwhile`,
    measure: resume,
  },
};
