// A request that was kept before, as the road into the logs meets it again.

import t from 'tap';
import type { Draft } from '../../src/core/committer.ts';
import type { Commit } from '../../src/core/store.ts';
import { Road } from './road.ts';

const NOTHING: Commit = { logs: [], entries: [], requests: [], sessions: [], ended: [], facts: [] };

function request(id: string): Partial<Draft> {
  return { request: { session: '+s', id } };
}

await t.test(
  'what was kept before is answered with its place, and the rest is kept in its order',
  async (t) => {
    const road = new Road();
    await road.store.append({
      ...NOTHING,
      sessions: [{ id: '+s', token: 't', nick: 'LO', client: '', account: '', since: 0, places: [] }],
    });
    road.add(0, 'one', request('1'));
    road.add(2, 'copy', { withNext: true });
    road.add(1, 'two', request('2'));
    await road.tick();
    road.happened();
    const texts = async (): Promise<string[]> => {
      const logs = await Promise.all(['#a', '#b', '@c'].map((log) => road.kept(log)));
      return logs.flat().map(({ text }) => text);
    };
    t.strictSame(await texts(), ['one', 'two', 'copy']);

    road.add(0, 'new');
    road.add(2, 'copy', { withNext: true });
    road.add(1, 'two', request('2'));
    road.add(0, 'three', request('3'));
    road.add(0, 'one', request('1'));
    let afterwards = false;
    road.committer.afterwards(() => void (afterwards = true));
    await road.committer.settled();
    t.strictSame(
      road.happened().filter((event) => /^(shown|repeat|refused)/.test(event)),
      ['repeat two 1', 'repeat one 1', 'shown new 2', 'shown three 3'],
    );
    t.strictSame(await texts(), ['one', 'new', 'three', 'two', 'copy'], 'no copy without its text either');
    t.ok(afterwards, 'all of it is over');
    t.strictSame(
      road.logs.map(({ pending }) => pending),
      [0, 0, 0],
    );

    road.add(0, 'x', request('4'));
    road.add(2, 'copy of y', { withNext: true });
    road.add(1, 'y', request('4'));
    road.add(0, 'z');
    await road.committer.settled();
    t.strictSame(
      road.happened().filter((event) => /^(shown|repeat|refused)/.test(event)),
      ['shown x 4', 'repeat y 4', 'shown z 5'],
      'asked twice in one go, too, and nobody else is refused for it',
    );
  },
);
