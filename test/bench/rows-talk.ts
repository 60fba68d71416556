// The rows on talk in one room: as fast as it comes back, and at the pace of a busy room.

import { compare } from './compare.ts';
import { type FanOut, FIGURES, measure, type Sample } from './fan-out.ts';
import { GIVEN_LOAD, measureByGiven } from './given-load.ts';
import { asked, best, type Conditions, type Outcome, ratios, type Row } from './row.ts';
import { isIrc, PEERS, type ServerName } from './servers.ts';

const UNDER_WAY = 256;
/** So many that a server which keeps each message before it shows it need not wait for the disk. */
const MANY_UNDER_WAY = 1024;
/** What a manual of a server that stores in SQLite states, and how much more is asked of the hub. */
const STATED_STORED_PER_SECOND = 1000;
const STORED_FACTOR = 50;

function talk(name: ServerName, fanOut: FanOut): Promise<Sample> {
  return GIVEN_LOAD === undefined ? measure(name, fanOut) : measureByGiven(GIVEN_LOAD, name, fanOut);
}

function saturating(members: number, speakers: number, underWay: number = UNDER_WAY): Row {
  const run = async (conditions: Conditions): Promise<Outcome> => {
    const { runs, seconds, servers, yardstick, secure } = conditions;
    const crowd = { members, rooms: 1, speakers, besides: 0 } as const;
    const { column, troubles } = await compare(servers, runs, (name) =>
      talk(name, {
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
  const crowd = { members: PACED.members, rooms: 1, speakers: 20, besides: 1 } as const;
  const pace = { kind: 'rate', perSecond: PACED.perSecond } as const;
  const { column, troubles } = await compare(servers, runs, (name) =>
    talk(name, { crowd, pace, seconds, secure: secure && name === 'hub' }),
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
      ...[p99, column('lastP99Ms')].flatMap((each) =>
        asked({
          what: `${each.title} of the hub to the best peer`,
          figure: ratios(each.values['hub'], best(each, PEERS, Math.min)),
          bar: 1,
          sense: 'at most',
        }),
      ),
    ],
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
};
