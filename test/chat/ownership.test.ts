// chat and the real hub: a name is owned by a key, nobody else gets it, nobody can pass a proof on.

import { join } from 'node:path';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import t from 'tap';
import type { Trusting } from '../../src/chat/enter.ts';
import { Identity } from '../../src/chat/trust/identity.ts';
import { startHub, type Teardown, temporaryDirectory } from '../support/daemon.ts';
import { Guest } from './support/guest.ts';
import { hubKey } from './support/hub-key.ts';
import { Relay } from './support/relay.ts';

/** One with a key of their own, to whom every hub is new. */
function owner(t: Teardown, dir = temporaryDirectory(t)): Trusting {
  const identity = Identity.readOrMake(join(dir, 'id_ed25519'));
  return {
    knownHubs: join(temporaryDirectory(t), 'known_hubs'),
    credentials: { kind: 'key', identity },
    pin: null,
    invite: null,
  };
}

await t.test(
  'a name belongs to a key: its owner comes back, on other devices too, and nobody else gets it',
  async (t) => {
    const hub = await startHub(t);
    const relay = await Relay.open(t, hub.port);
    const dir = temporaryDirectory(t);
    const lo = await Guest.enter(t, relay.port, 'LO', { trusting: owner(t, dir) });
    const er = await Guest.enter(t, hub.port, 'ER', { trusting: owner(t) });
    const second = await Guest.enter(t, hub.port, 'LO', { trusting: owner(t, dir) });
    t.equal(second.talk.nick, 'LO');
    second.talk.submit('from the second device');
    await er.hears('LO: from the second device');
    await lo.hears('LO: from the second device');
    for (const trusting of [owner(t), null]) {
      await t.rejects(Guest.enter(t, hub.port, 'lo', { trusting }), {
        code: 'name-owned',
        message: /belongs to somebody.*chat --password, or chat --identity FILE/,
      });
    }
    relay.cut();
    await lo.isTold('connection lost');
    await lo.isTold('back');
    lo.talk.leave();
    second.talk.leave();
    await Promise.all([lo.ended(), second.ended()]);
    await t.rejects(Guest.enter(t, hub.port, 'LO', { trusting: owner(t) }), { code: 'name-owned' });
    const again = await Guest.enter(t, hub.port, 'LO', { trusting: owner(t, dir) });
    t.equal(again.talk.nick, 'LO');
  },
);

await t.test('a proof that is passed on is none, though everything else is', async (t) => {
  const hub = await startHub(t);
  const dir = temporaryDirectory(t);
  (await Guest.enter(t, hub.port, 'LO', { trusting: owner(t, dir) })).talk.leave();
  const mallory = createTlsServer(hubKey().tls, (near) => {
    const far = connectTls({ port: hub.port, host: '127.0.0.1', rejectUnauthorized: false });
    for (const side of [near, far]) side.on('error', () => {});
    near.pipe(far).pipe(near);
    t.teardown(() => void [near, far].map((side) => side.destroy()));
  });
  await new Promise<void>((resolve) => mallory.listen(0, '127.0.0.1', resolve));
  t.teardown(() => mallory.close());
  const { port } = mallory.address() as { port: number };
  await t.rejects(Guest.enter(t, port, 'LO', { trusting: owner(t, dir) }), { code: 'auth-failed' });
});

await t.test('a password opens the same name, over TLS to a hub that is known', async (t) => {
  const hub = await startHub(t);
  const trusting = owner(t);
  const lo = await Guest.enter(t, hub.port, 'LO', { trusting });
  lo.talk.submit('/passwd correct-horse-battery');
  await lo.talk.idle();
  const credentials = { kind: 'password', password: 'correct-horse-battery' } as const;
  const second = await Guest.enter(t, hub.port, 'LO', { trusting: { ...trusting, credentials } });
  t.equal(second.talk.nick, 'LO');
  const wrong = { kind: 'password', password: 'wrong-horse-battery' } as const;
  await t.rejects(Guest.enter(t, hub.port, 'LO', { trusting: { ...trusting, credentials: wrong } }), {
    code: 'auth-failed',
  });
  const other = await Guest.enter(t, hub.port, 'ER', { trusting });
  t.equal(other.talk.nick, 'ER', 'the same key owns another name as well');
});
