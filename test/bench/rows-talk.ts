// The rows on talk: as fast as it comes back, at the pace of a busy room, in rooms of all sizes, in many rooms at once.

import { compare } from './compare.ts';
import { measure } from './fan-out.ts';
import { plotSizes } from './plot.ts';
import { asked, best, type Column, type Conditions, type Outcome, ratios, type Row } from './row.ts';
import { PEERS, type ServerName } from './servers.ts';

const UNDER_WAY = 256;
/** So many that a server which keeps each message before it shows it need not wait for the disk. */
const MANY_UNDER_WAY = 1024;
const FIGURES = ['deliveriesPerSecond', 'messagesPerSecond', 'cpuMicros', 'p50Ms', 'p99Ms'] as const;
const isIrc = (name: ServerName): boolean => name === 'ngircd' || name === 'inspircd';
/** What a manual of a server that stores in SQLite states, and how much more is asked of the hub. */
const STATED_STORED_PER_SECOND = 1000;
const STORED_FACTOR = 50;

function saturating(members: number, speakers: number, underWay: number = UNDER_WAY): Row {
  const run = async (conditions: Conditions): Promise<Outcome> => {
    const { runs, seconds, servers, yardstick, secure } = conditions;
    const crowd = { members, rooms: 1, speakers, besides: 0, probe: 'first' } as const;
    const { column, troubles } = await compare(servers, runs, (name) =>
      measure(name, {
        crowd,
        pace: { kind: 'window', messages: underWay },
        seconds,
        secure: secure && name === 'hub',
      }),
    );
    const deliveries = column('deliveriesPerSecond');
    const messages = column('messagesPerSecond');
    const hub = deliveries.values['hub'];
    const said = messages.values['hub'] ?? [];
    const verdicts =
      members >= 100
        ? [
            ...asked({
              what: `deliveries/s of the hub to ${yardstick}`,
              figure: ratios(hub, deliveries.values[yardstick]),
              bar: 0.8,
              sense: 'at least',
            }),
            ...asked({
              what: 'deliveries/s of the hub to the best peer',
              figure: ratios(hub, best(deliveries, PEERS, Math.max)),
              bar: 2,
              sense: 'at least',
            }),
          ]
        : [
            ...asked({
              what: 'messages/s of the hub to the best IRC server, which stores nothing',
              figure: ratios(said, best(messages, PEERS.filter(isIrc), Math.max)),
              bar: 1,
              sense: 'at least',
            }),
            ...asked({
              what: `messages/s kept by the hub to ${STATED_STORED_PER_SECOND}`,
              figure: said.map((value) => value / STATED_STORED_PER_SECOND),
              bar: STORED_FACTOR,
              sense: 'at least',
            }),
          ];
    return { columns: FIGURES.map(column), verdicts, troubles };
  };
  return {
    about: `${members} members, ${speakers} speak, ${underWay} messages under way at any time`,
    measure: run,
  };
}

const PACED = { members: 1000, perSecond: 300 };

async function paced(conditions: Conditions): Promise<Outcome> {
  const { runs, seconds, servers, yardstick, secure } = conditions;
  const crowd = { members: PACED.members, rooms: 1, speakers: 20, besides: 1, probe: 'first' } as const;
  const pace = { kind: 'rate', perSecond: PACED.perSecond } as const;
  const { column, troubles } = await compare(servers, runs, (name) =>
    measure(name, { crowd, pace, seconds, secure: secure && name === 'hub' }),
  );
  const cpu = column('cpuMicros');
  const p99 = column('p99Ms');
  return {
    columns: FIGURES.map(column),
    verdicts: [
      ...asked({
        what: `CPU per delivery of the hub to ${yardstick}`,
        figure: ratios(cpu.values['hub'], cpu.values[yardstick]),
        bar: 1.15,
        sense: 'at most',
      }),
      ...asked({
        what: 'p99 of the hub to the best peer',
        figure: ratios(p99.values['hub'], best(p99, PEERS, Math.min)),
        bar: 1,
        sense: 'at most',
      }),
    ],
    troubles,
  };
}

const SIZES = [10, 100, 1000, 10_000];
const SIZES_DELIVERIES_PER_SECOND = 100_000;
/** More join lines than this would have to be shown one by one to everybody by those who do not gather them. */
const MOST_IN_IRC = 1000;
const NOISE = 1.1;

async function sizes({ runs, seconds, servers, secure }: Conditions): Promise<Outcome> {
  const columns: Column[] = [];
  const all: string[] = [];
  for (const members of SIZES) {
    const names = servers.filter((name) => members <= MOST_IN_IRC || !isIrc(name));
    const crowd = {
      members,
      rooms: 1,
      speakers: Math.min(10, members - 1),
      besides: 1,
      probe: 'first',
    } as const;
    const pace = { kind: 'rate', perSecond: SIZES_DELIVERIES_PER_SECOND / members } as const;
    const { column, troubles } = await compare(names, runs, (name) =>
      measure(name, { crowd, pace, seconds, secure: secure && name === 'hub' }),
    );
    columns.push({ ...column('cpuMicros'), title: `${members} members` });
    all.push(...troubles);
  }
  plotSizes(SIZES, columns);
  const hub = columns.map(({ values }) => values['hub'] ?? []);
  const steps = hub.slice(1).map((figures, i) => ratios(figures, hub[i]));
  const worst = Array.from({ length: runs }, (_, run) =>
    Math.max(...steps.map((step) => step[run] ?? Infinity)),
  );
  return {
    columns,
    verdicts: asked({
      what: 'CPU per delivery of the hub to that in a room a tenth as large, where it is worst',
      figure: worst,
      bar: NOISE,
      sense: 'at most',
    }),
    troubles: all,
  };
}

const ROOMS = 100;

async function rooms({ runs, seconds, secure }: Conditions): Promise<Outcome> {
  const kinds: Record<string, number> = { 'one room': 1, [`${ROOMS} rooms`]: ROOMS };
  const { column, troubles } = await compare(Object.keys(kinds), runs, (kind) => {
    const count = kinds[kind] ?? 1;
    const crowd = {
      members: 100 * count,
      rooms: count,
      speakers: 10 * count,
      besides: 0,
      probe: 'first',
    } as const;
    const pace = { kind: 'window', messages: UNDER_WAY * count } as const;
    return measure('hub', { crowd, pace, seconds, secure });
  });
  const { values } = column('deliveriesPerSecond');
  return {
    columns: FIGURES.map(column),
    verdicts: asked({
      what: `deliveries/s in ${ROOMS} rooms to those in one`,
      figure: ratios(values[`${ROOMS} rooms`], values['one room']),
      bar: 0.8,
      sense: 'at least',
    }),
    troubles,
  };
}

/** The rows by name, in the order of the table. */
export const TALK_ROWS: Record<string, Row> = {
  'saturating-10': saturating(10, 9),
  'saturating-100': saturating(100, 10),
  'saturating-100-deep': saturating(100, 10, MANY_UNDER_WAY),
  'saturating-1000': saturating(1000, 20),
  paced: {
    about: `${PACED.members} members, ${PACED.perSecond} messages a second whatever comes back`,
    measure: paced,
  },
  'room-sizes': {
    about: `${SIZES_DELIVERIES_PER_SECOND} deliveries a second in rooms of all sizes: CPU µs for each`,
    measure: sizes,
  },
  rooms: {
    about: `${ROOMS} rooms of 100 members beside one, ${UNDER_WAY} messages under way in each`,
    measure: rooms,
  },
};
