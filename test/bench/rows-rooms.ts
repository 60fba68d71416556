// The rows on rooms: of all sizes, and many at once.

import { compare } from './compare.ts';
import { FIGURES, measure } from './fan-out.ts';
import { plotSizes } from './plot.ts';
import { asked, type Column, type Conditions, type Outcome, ratios, type Row } from './row.ts';
import { isIrc, type ServerName } from './servers.ts';

const SIZES = [10, 100, 1000, 10_000];
const DELIVERIES_PER_SECOND = 100_000;
/** More join lines than this would have to be shown one by one to everybody by those who do not gather them. */
const MOST_IN_IRC = 1000;
const NOISE = 1.1;

/** In each run, the most that a figure grows from one size to the next. */
function worstStep(series: readonly (readonly number[])[]): number[] {
  const steps = series.slice(1).map((figures, i) => ratios(figures, series[i]));
  return (steps[0] ?? []).map((_, run) => Math.max(...steps.map((step) => step[run] ?? Number.NaN)));
}

function at(name: ServerName, members: number): string {
  return `${name}, ${members} members`;
}

async function sizes({ runs, seconds, servers, yardstick, secure }: Conditions): Promise<Outcome> {
  const work = new Map(
    SIZES.flatMap((members) =>
      servers
        .filter((name) => members <= MOST_IN_IRC || !isIrc(name))
        .map((name) => [at(name, members), { name, members }] as const),
    ),
  );
  const { column, troubles } = await compare([...work.keys()], runs, async (key) => {
    const { name, members } = work.get(key) ?? { name: 'hub', members: 0 };
    return await measure(name, {
      crowd: { members, rooms: 1, speakers: Math.min(10, members - 2), besides: 1 },
      pace: { kind: 'rate', perSecond: DELIVERIES_PER_SECOND / members },
      seconds,
      secure: secure && name === 'hub',
    });
  });
  const { values } = column('cpuMicros');
  const columns: Column[] = SIZES.map((members) => ({
    title: `${members} members`,
    values: Object.fromEntries(
      servers.flatMap((name) => {
        const figures = values[at(name, members)];
        return figures === undefined ? [] : [[name, figures]];
      }),
    ),
  }));
  plotSizes(SIZES, columns);
  const hub = columns.map((each) => each.values['hub'] ?? []);
  const held = columns.map((each) => ratios(each.values['hub'], each.values[yardstick]));
  const verdict = { bar: NOISE, sense: 'at most' } as const;
  return {
    columns,
    verdicts: [
      ...asked({
        ...verdict,
        what: 'CPU per delivery of the hub to that in a room a tenth as large, where it is worst',
        figure: worstStep(hub),
      }),
      ...asked({ ...verdict, what: `the same, as a multiple of ${yardstick}'s`, figure: worstStep(held) }),
    ],
    troubles,
  };
}

const ROOMS = 100;
const UNDER_WAY = 256;

async function rooms({ runs, seconds, secure }: Conditions): Promise<Outcome> {
  const kinds: Record<string, number> = { 'one room': 1, [`${ROOMS} rooms`]: ROOMS };
  const { column, troubles } = await compare(Object.keys(kinds), runs, (kind) => {
    const count = kinds[kind] ?? 1;
    const crowd = { members: 100 * count, rooms: count, speakers: 10 * count, besides: 0 } as const;
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
export const ROOM_ROWS: Record<string, Row> = {
  'room-sizes': {
    about: `${DELIVERIES_PER_SECOND} deliveries a second in rooms of all sizes: CPU µs for each`,
    measure: sizes,
  },
  rooms: {
    about: `${ROOMS} rooms of 100 members beside one of 100, as many times ${UNDER_WAY} messages under way as there are rooms`,
    measure: rooms,
  },
};
