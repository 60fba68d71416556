// Impostors: who takes a name that reads like another's is refused, or called so that nobody mistakes it, in every dialect.

import t from 'tap';
import { actor, DIALECTS } from '../support/actors.ts';
import { startHub } from '../support/daemon.ts';
import { KeyPeer, Person } from '../support/people.ts';
import { JsonPeer, PlainPeer } from '../support/peers.ts';

for (const victim of DIALECTS) {
  await t.test(`of somebody who speaks ${victim}`, async (t) => {
    const hub = await startHub(t);
    const er = await actor(t, hub, victim, 'ER');
    const qw = await actor(t, hub, 'raw', 'QW');

    const json = await JsonPeer.open(t, hub.port);
    const refusal = await json.ask({ type: 'hello', nick: 'ЕR' });
    t.match(refusal, { type: 'error', code: 'look-alike', text: 'reads like ER, which is' });
    t.match(
      await json.ask({ type: 'hello', nick: 'ER-l' }),
      { type: 'welcome', nick: 'ER-l' },
      'the next step is told, and can be taken',
    );

    for (const dialect of ['line', 'raw'] as const) {
      const plain = await PlainPeer.enter(t, hub.port, 'ЕR', dialect);
      await plain.sees(dialect === 'raw' ? 'you are called ER-' : 'you are called ЕR-');
      plain.say(`I am ER (${dialect})`);
      await qw.sees(`: I am ER (${dialect})`);
      t.notMatch(
        qw.shown().join('\n'),
        /^E.?R: I am ER/m,
        `as ${dialect} it is not shown as ER, not even in ASCII`,
      );
      plain.say('/nick ꓰR');
      await plain.sees('reads like ER');
      plain.socket.destroy();
    }

    er.rename('Erik');
    await qw.sees('ER is now Erik');
    t.match(
      await json.ask({ type: 'nick', nick: 'Еrik' }),
      { code: 'look-alike' },
      'the new name is guarded',
    );
    t.match(await json.ask({ type: 'nick', nick: 'ЕR' }), { type: 'ok' }, 'the old one no longer');
    er.rename('ER');
    await er.sees('reads like ');

    const secret = await json.ask({ type: 'tell', to: 'Erik', text: 'only for you' });
    t.match(secret, { type: 'ok' });
    await er.sees('only for you');
    t.match(await json.ask({ type: 'join', room: '#lоbby' }), { code: 'look-alike' }, 'rooms too');
  });
}

await t.test('of an owner who is away', async (t) => {
  const hub = await startHub(t);
  const lo = new Person();
  const owner = await KeyPeer.enter(t, hub.port, 'LO', lo);
  owner.send({ type: 'quit' });
  await owner.untilClosed();
  const first = await KeyPeer.dial(t, hub.port);
  t.match(
    await first.signIn('L0', new Person()),
    { code: 'look-alike', text: 'reads like LO' },
    'with a key',
  );
  const impostor = await KeyPeer.dial(t, hub.port);
  t.match(await impostor.signIn('LO-2', new Person()), { type: 'welcome', account: 'LO-2' });
  t.match(
    await impostor.ask({ type: 'nick', nick: 'LО' }),
    { code: 'look-alike' },
    'nor by renaming the account',
  );
  const guest = await JsonPeer.open(t, hub.port);
  t.match(await guest.ask({ type: 'hello', nick: 'L0' }), { code: 'look-alike' }, 'without one');
  for (const dialect of ['line', 'raw'] as const) {
    const plain = await PlainPeer.enter(t, hub.port, 'L0', dialect);
    await plain.sees('you are called L0-');
  }
  const back = await KeyPeer.dial(t, hub.port);
  t.match(await back.signIn('LO', lo), { type: 'welcome', nick: 'LO' });
});
