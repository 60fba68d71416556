// The rows on many people: who sit there and say nothing, and a busy evening on the smallest machine.

import { availableParallelism } from 'node:os';
import { compare } from './compare.ts';
import { FIGURES, listen, type Sample } from './fan-out.ts';
import { Load } from './load.ts';
import { cpuSeconds, MemoryWatch, residentKiB } from './process-cost.ts';
import { asked, type Column, type Conditions, type Outcome, ratios, type Row } from './row.ts';
import { Running } from './running.ts';
import { isIrc, type ServerName } from './servers.ts';

const IDLE_MEMBERS = 15_000;
/** Servers that show every join to all who are there, one by one, take minutes for more. */
const IDLE_MEMBERS_OF_IRC = 1_500;
/** And what is encrypted for each costs each. */
const IDLE_MEMBERS_OVER_TLS = 5_000;
/** When a crowd has come in, V8 tidies up after it once more, some ten seconds later; this row is on those who sit there. */
const SETTLE_MS = 15_000;
const IDLE_MS = 10_000;

interface Idle {
  readonly members: number;
  readonly joinsPerSecond: number;
  readonly kiBEach: number;
  readonly idlePercent: number;
}

async function idle(name: ServerName, secure: boolean): Promise<Idle> {
  const plain = isIrc(name) ? IDLE_MEMBERS_OF_IRC : IDLE_MEMBERS;
  const members = secure ? IDLE_MEMBERS_OVER_TLS : plain;
  await using server = await Running.start(name);
  const before = residentKiB(server.pid);
  await using load = await Load.enter(server.way(secure), {
    members,
    rooms: 1,
    speakers: 1,
    besides: availableParallelism(),
  });
  const joinsPerSecond = members / (load.enteredMs / 1000);
  await load.wait(SETTLE_MS);
  const cpuBefore = cpuSeconds(server.pid);
  await load.wait(IDLE_MS);
  const idlePercent = ((cpuSeconds(server.pid) - cpuBefore) / (IDLE_MS / 1000)) * 100;
  return { members, joinsPerSecond, kiBEach: (residentKiB(server.pid) - before) / members, idlePercent };
}

function ofHub({ values }: Column): readonly number[] {
  return values['hub'] ?? [];
}

async function idleRow({ runs, servers }: Conditions): Promise<Outcome> {
  const names = ['hub over TLS', ...servers] as const;
  const { column, troubles } = await compare(names, runs, (name) =>
    name === 'hub over TLS' ? idle('hub', true) : idle(name, false),
  );
  const [joins, each, cpu] = [column('joinsPerSecond'), column('kiBEach'), column('idlePercent')];
  return {
    columns: [column('members'), joins, each, cpu],
    verdicts: [
      ...asked({ what: 'KiB for each connection', figure: ofHub(each), bar: 12, sense: 'at most' }),
      ...asked({
        what: 'KiB for each connection over TLS',
        figure: each.values['hub over TLS'] ?? [],
        bar: 50,
        sense: 'at most',
      }),
      ...asked({ what: 'CPU while nobody speaks, in percent', figure: ofHub(cpu), bar: 1, sense: 'at most' }),
      ...asked({ what: 'joins/s', figure: ofHub(joins), bar: 3000, sense: 'at least' }),
    ],
    troubles,
  };
}

const EVENING = { members: 10_000, perSecond: 20, heapMiB: 512 };
/** What is held beside the hub keeps nothing, so its memory need not be watched for long. */
const EVENING_OF_OTHERS_SECONDS = 60;

async function evening({ runs, servers, yardstick, eveningSeconds, secure }: Conditions): Promise<Outcome> {
  const onOneCore = ['taskset', '-c', '0', 'env', `NODE_OPTIONS=--max-old-space-size=${EVENING.heapMiB}`];
  // The members live elsewhere: what they cost is none of the core that the hub has.
  const cores = availableParallelism() > 1 ? `1-${availableParallelism() - 1}` : '0';
  const names = servers.filter((name) => name === 'hub' || name === yardstick);
  const { column, troubles } = await compare(names, runs, async (name) => {
    await using server = await Running.start(name, { before: onOneCore });
    await using load = await Load.enter(server.way(secure && name === 'hub'), {
      members: EVENING.members,
      rooms: 1,
      speakers: 10,
      besides: 1,
      cores,
    });
    const pace = { kind: 'rate', perSecond: EVENING.perSecond } as const;
    const seconds = name === 'hub' ? eveningSeconds : Math.min(eveningSeconds, EVENING_OF_OTHERS_SECONDS);
    const half = async (): Promise<readonly [Sample, MemoryWatch]> => {
      using memory = new MemoryWatch(server.pid);
      return [await listen(server.pid, load, { pace, seconds: seconds / 2 }), memory];
    };
    // The first half is for the talk to run in; it pays for what any hub keeps.
    const [, before] = await half();
    const [sample, after] = await half();
    // V8 lets garbage pile up until it is worth a collection; what does not go with one shows in the least.
    return { ...sample, mib: after.mostKiB / 1024, growth: after.leastKiB / before.leastKiB };
  });
  const cpu = column('cpuMicros');
  const p99 = column('lastP99Ms');
  const growth = column('growth');
  return {
    columns: [...FIGURES.map(column), column('mib'), growth],
    verdicts: [
      ...asked({
        what: 'p99 until the last member has it, to the time between two messages',
        figure: (p99.values['hub'] ?? []).map((value) => (value * EVENING.perSecond) / 1000),
        bar: 1,
        sense: 'at most',
      }),
      ...asked({
        what: `the same p99 to that of ${yardstick}`,
        figure: ratios(p99.values['hub'], p99.values[yardstick]),
        bar: 1.15,
        sense: 'at most',
      }),
      ...asked({
        what: `CPU per delivery of the hub to ${yardstick}`,
        figure: ratios(cpu.values['hub'], cpu.values[yardstick]),
        bar: 1.15,
        sense: 'at most',
      }),
      ...asked({
        what: 'least memory of the second half to that of the first',
        figure: growth.values['hub'] ?? [],
        bar: 1.05,
        sense: 'at most',
      }),
    ],
    troubles,
  };
}

/** The rows by name, in the order of the table. */
export const PEOPLE_ROWS: Record<string, Row> = {
  idle: {
    about: `up to ${IDLE_MEMBERS} members come into one room and are silent`,
    measure: idleRow,
  },
  evening: {
    about: `one core and a heap of ${EVENING.heapMiB} MiB: ${EVENING.members} members, ${EVENING.perSecond} messages a second`,
    measure: evening,
  },
};
