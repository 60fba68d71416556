// What a hub has said: acknowledged, shown once and in order, and asked for where it is missing.

import t from 'tap';
import { arrive } from './support/arrival.ts';
import { entry } from './support/scripted-hub.ts';

await t.test('what has arrived is acknowledged, and the place in each log is kept', async (t) => {
  const { hub, visit } = await arrive(t);
  visit.say(entry(1, 'one'), entry(2, 'two'), entry(7, 'psst', { type: 'private', log: '@me', to: 'LO' }));
  // In how many steps is a matter of when the entries come.
  const acked = (log: string, seq: number): Promise<unknown> =>
    visit.until(`ack of ${log} ${seq}`, () =>
      visit.requests().find((each) => each['type'] === 'ack' && each['log'] === log && each['seq'] === seq),
    );
  t.ok(await acked('#lobby', 2));
  t.ok(await acked('@me', 7));
  visit.say(entry(3, 'three'));
  t.ok(await acked('#lobby', 3));
  visit.say({ type: 'bye', code: 'shutdown', text: 'back soon', reconnect: true });
  const again = await hub.visit();
  t.match(await again.welcome(), { resume: { token: 'tok', after: { '#lobby': 3, '@me': 7 } } });
});

await t.test('repeated entries are shown once, missing ones are asked for', async (t) => {
  const { guest, visit } = await arrive(t);
  visit.say(entry(1, 'one'), entry(1, 'one'), entry(4, 'four'), entry(5, 'five'));
  const { id, after } = await visit.request('history');
  t.equal(after, 1);
  visit.say({
    type: 'history',
    id,
    log: '#lobby',
    entries: [entry(2, 'two'), entry(3, 'three'), entry(4, 'four')],
    more: true,
  });
  await guest.hears('five');
  t.strictSame(guest.said(), ['ER: one', 'ER: two', 'ER: three', 'ER: four', 'ER: five']);
});

await t.test('what cannot be recovered is told', async (t) => {
  const { hub, guest, visit } = await arrive(t);
  visit.say(entry(1, 'one'));
  await guest.hears('one');
  visit.socket.destroy();
  let again = await hub.visit();
  await again.welcome({ resumed: true, recovered: false });
  await guest.isTold('back; some messages were missed');
  // Started again with retention between us: entries 2 to 5 are gone, 6 is there.
  again.socket.destroy();
  again = await hub.visit();
  await again.welcome({ token: 'new', logs: [{ log: '#lobby', epoch: 'e', seq: 6 }] });
  const { id } = await again.request('history');
  again.say({ type: 'history', id, log: '#lobby', entries: [entry(6, 'six')], more: false });
  await guest.isTold('4 messages of #lobby could not be recovered');
  // Another store altogether: its numbers mean nothing to us.
  again.socket.destroy();
  again = await hub.visit();
  await again.welcome({ logs: [{ log: '#lobby', epoch: 'other', seq: 0 }] });
  await guest.until(
    'told twice',
    () => guest.told().filter((text) => text === 'back; some messages were missed').length === 2,
  );
  again.say(entry(1, 'afresh'));
  await guest.hears('afresh');
  t.strictSame(guest.said(), ['ER: one', 'ER: six', 'ER: afresh']);
});

await t.test('a catch-up that is interrupted goes on after the next return', async (t) => {
  const { hub, guest, visit } = await arrive(t);
  visit.say(entry(1, 'one'));
  await guest.hears('one');
  visit.socket.destroy();
  let again = await hub.visit();
  await again.welcome({ token: 'second', logs: [{ log: '#lobby', epoch: 'e', seq: 4 }] });
  let { id } = await again.request('history');
  again.say({ type: 'history', id, log: '#lobby', entries: [entry(2, 'two')], more: true }, entry(5, 'five'));
  await again.request('history', 1);
  again.socket.destroy();
  again = await hub.visit();
  const hello = await again.welcome({
    resumed: true,
    recovered: true,
    logs: [{ log: '#lobby', epoch: 'e', seq: 4 }],
  });
  t.match(hello, { resume: { token: 'second', after: { '#lobby': 2 } } });
  ({ id } = await again.request('history'));
  again.say(entry(5, 'five'), {
    type: 'history',
    id,
    log: '#lobby',
    entries: [entry(3, 'three'), entry(4, 'four')],
    more: false,
  });
  await guest.hears('five');
  t.strictSame(guest.said(), ['ER: one', 'ER: two', 'ER: three', 'ER: four', 'ER: five']);
});
