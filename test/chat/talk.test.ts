// The client's conversation with the real hub: what is said arrives once and in order, over lost connections and
// restarts, and nothing typed is lost, doubled, or said in another room.

import t from 'tap';
import { startHub, temporaryDirectory, type TestHub } from '../support/daemon.ts';
import { JsonPeer } from '../support/peers.ts';
import { Guest } from './support/guest.ts';
import { Relay } from './support/relay.ts';

/** The texts of a room, as the hub has kept them. */
async function kept(t: Parameters<typeof startHub>[0], hub: TestHub): Promise<unknown[]> {
  const reader = await JsonPeer.enter(t, hub.port, `r${Math.random().toString(36).slice(2, 8)}`);
  const { entries } = await reader.ask({ type: 'history', room: '#lobby', limit: 200 });
  return (entries as { type: string; text: string }[])
    .filter(({ type }) => type === 'message')
    .map(({ text }) => text);
}

await t.test('people talk, in the lobby, in a room, and to one another', async (t) => {
  const hub = await startHub(t);
  const lo = await Guest.enter(t, hub.port, 'LO');
  const er = await Guest.enter(t, hub.port, 'ER');
  const qw = await Guest.enter(t, hub.port, 'QW', { room: '#dev' });
  await er.until('QW in the roster', () => er.talk.people().includes('QW'));
  lo.talk.submit('hello 👨‍👩‍👧');
  lo.talk.submit('@er only you');
  er.talk.submit('/join dev');
  er.talk.submit('in the room');
  er.talk.submit('/me waves');
  await qw.hears('#dev ER: in the room');
  await er.hears('LO -> ER: only you');
  await lo.hears('LO -> ER: only you');
  t.equal(er.talk.room, '#dev');
  t.match(er.talk.rooms().sort(), ['#dev', '#lobby']);
  t.strictSame(lo.said(), ['LO: hello 👨‍👩‍👧', 'LO -> ER: only you']);
  await qw.until('the action', () =>
    qw.events.some((event) => event.type === 'entry' && event.entry.type === 'action'),
  );
  t.notMatch(qw.said().join(), /only you/);

  er.talk.submit('/leave');
  er.talk.submit('back in the lobby');
  await lo.hears('ER: back in the lobby');
  t.equal(er.talk.room, '#lobby');
  t.ok(er.told().includes('you left #dev'));

  lo.talk.submit('/nick LOLA');
  await er.until('the new name', () => er.talk.people().includes('LOLA'));
  t.equal(lo.talk.nick, 'LOLA');
  const renames = er.events.filter((event) => event.type === 'entry' && event.entry.type === 'rename');
  t.equal(renames.length, 1, 'a rename is shown once, however many rooms are shared');

  for (const line of ['/who', '/rooms', '/history 2', '/topic', '/help']) lo.talk.submit(line);
  await lo.talk.idle();
  const answers = lo.events.flatMap((event) => (event.type === 'answer' ? [event.reply.type] : []));
  t.strictSame(answers, ['who', 'rooms', 'history', 'topic-is', 'help']);

  qw.talk.submit('/quit bye all');
  t.match(await qw.ended(), { status: 0 });
  await er.until('QW is gone', () => !er.talk.people().includes('QW'));
  t.match(
    er.events.find((event) => event.type === 'entry' && event.entry.type === 'leave'),
    { entry: { text: 'bye all' } },
  );
});

await t.test('what must not be said is not said', async (t) => {
  const hub = await startHub(t);
  const lo = await Guest.enter(t, hub.port, 'LO');
  lo.talk.submit('@nobody a secret');
  await lo.isTold('nobody here is called nobody');
  t.throws(() => lo.talk.submit('x'.repeat(4097)), {
    code: 'too-long',
    message: 'a text has at most 4096 characters, this one 4097: send it in parts',
  });
  t.throws(() => lo.talk.submit('/nonsense'), { code: 'bad-request' });
  t.throws(() => lo.talk.submit('/nick a/b'), { code: 'bad-nick' });
  lo.talk.submit('\\@nobody is a name');
  await lo.hears('LO: @nobody is a name');
  // A line for a room that could not be entered is refused with it, and never said elsewhere.
  const rooms = Array.from({ length: 31 }, (_, i) => `/join r${i}`);
  for (const line of rooms) lo.talk.submit(line);
  lo.talk.submit('/join one-too-many');
  lo.talk.submit('for that room only');
  await lo.talk.idle();
  t.match(lo.told().at(-1), /you are not in #one-too-many|no room #one-too-many/);
  t.equal(lo.talk.room, '#r30');
  t.strictSame(await kept(t, hub), ['@nobody is a name']);
});

await t.test(
  'a lost connection: nothing is missed, nothing comes twice, what was typed meanwhile follows',
  async (t) => {
    const hub = await startHub(t);
    const relay = await Relay.open(t, hub.port);
    const er = await Guest.enter(t, hub.port, 'ER');
    const lo = await Guest.enter(t, relay.port, 'LO');
    er.talk.submit('one');
    await lo.hears('one');
    relay.mode = 'shut';
    relay.cut();
    await lo.isTold('connection lost');
    t.equal(lo.talk.away, true);
    for (let i = 0; i < 30; i++) er.talk.submit(`meanwhile ${i}`);
    await er.talk.idle();
    lo.talk.submit('typed first');
    lo.talk.submit('typed second');
    t.throws(() => lo.talk.submit('/nonsense'), { code: 'bad-request' }, 'what is wrong is told at once');
    t.equal(lo.talk.waiting, 2);
    relay.mode = 'open';
    await er.hears('typed second');
    await lo.talk.idle();
    const meanwhile = Array.from({ length: 30 }, (_, i) => `ER: meanwhile ${i}`);
    t.strictSame(lo.said(), ['ER: one', ...meanwhile, 'LO: typed first', 'LO: typed second']);
    t.equal(lo.told().filter((line) => line.startsWith('connection lost')).length, 1);
    t.equal(lo.told().filter((line) => line === 'back').length, 1);
    const comings = er.events.filter(
      (event) => event.type === 'entry' && ['join', 'leave'].includes(event.entry.type),
    );
    t.equal(comings.length, 2, 'nobody saw it leave or come back');
  },
);

await t.test('an acknowledgement that is lost: the text is stored once', async (t) => {
  const hub = await startHub(t);
  const relay = await Relay.open(t, hub.port);
  const er = await Guest.enter(t, hub.port, 'ER');
  const lo = await Guest.enter(t, relay.port, 'LO');
  await lo.until('the roster', () => lo.talk.people().includes('ER'));
  relay.mode = 'mute';
  lo.talk.submit('said once');
  lo.talk.submit('@ER told once');
  await er.hears('said once');
  t.equal(lo.talk.waiting, 2);
  relay.cut();
  relay.mode = 'open';
  await lo.talk.idle();
  await er.hears('told once');
  t.strictSame(er.said(), ['LO: said once', 'LO -> ER: told once']);
  t.strictSame(lo.said(), ['LO: said once', 'LO -> ER: told once']);
  t.strictSame(await kept(t, hub), ['said once']);
});

await t.test(
  'a hub that was started again: the rooms and the missed messages come back, and still nothing twice',
  async (t) => {
    const dir = temporaryDirectory(t);
    const first = await startHub(t, {}, dir);
    const relay = await Relay.open(t, first.port);
    const er = await Guest.enter(t, first.port, 'ER');
    const lo = await Guest.enter(t, relay.port, 'LO', { room: '#dev' });
    er.talk.submit('before');
    er.talk.submit('/join dev');
    er.talk.submit('before, in the room');
    await lo.hears('before, in the room');
    relay.mode = 'mute';
    lo.talk.submit('/topic all things');
    lo.talk.submit('never acknowledged');
    await er.until('the topic', () =>
      er.events.some((event) => event.type === 'entry' && event.entry.type === 'topic'),
    );
    await first.stop();
    relay.mode = 'shut';
    relay.cut();
    const second = await startHub(t, {}, dir);
    const qw = await Guest.enter(t, second.port, 'QW', { room: '#dev' });
    for (let i = 0; i < 250; i++) qw.talk.submit(`/me ${i}`);
    qw.talk.submit('meanwhile, in the room');
    await qw.talk.idle();
    const visitor = await JsonPeer.enter(t, second.port, 'VI');
    await visitor.ask({ type: 'say', text: 'meanwhile' });
    relay.target = second.port;
    relay.mode = 'open';
    await lo.isTold('back');
    await lo.talk.idle();
    await lo.hears('meanwhile, in the room');
    await qw.hears('never acknowledged');
    qw.talk.submit('afterwards');
    await lo.hears('afterwards');
    t.strictSame(
      lo.said().filter((line) => line.startsWith('#dev')),
      [
        '#dev ER: before, in the room',
        '#dev QW: meanwhile, in the room',
        '#dev LO: never acknowledged',
        '#dev QW: afterwards',
      ],
    );
    t.ok(lo.said().includes('VI: meanwhile'));
    const actions = lo.events.flatMap((event) =>
      event.type === 'entry' && event.entry.type === 'action' ? [event] : [],
    );
    t.strictSame(
      actions.map(({ entry }) => entry.text),
      Array.from({ length: 250 }, (_, i) => String(i)),
    );
    t.notOk(
      lo.told().some((line) => line.includes('lost') && line.includes('private')),
      'it came back to its session',
    );
  },
);

await t.test('a text that a restarted hub had kept without our knowing is not said again', async (t) => {
  const dir = temporaryDirectory(t);
  const first = await startHub(t, {}, dir);
  const relay = await Relay.open(t, first.port);
  const er = await Guest.enter(t, first.port, 'ER');
  const lo = await Guest.enter(t, relay.port, 'LO');
  relay.mode = 'mute';
  lo.talk.submit('kept, and its answer lost');
  lo.talk.submit('the next one');
  await er.hears('kept, and its answer lost');
  relay.mode = 'shut';
  await first.stop();
  relay.cut();
  const second = await startHub(t, {}, dir);
  relay.target = second.port;
  relay.mode = 'open';
  await lo.talk.idle();
  t.strictSame(await kept(t, second), ['kept, and its answer lost', 'the next one']);
  t.strictSame(lo.said(), ['LO: kept, and its answer lost', 'LO: the next one']);
});

await t.test('being sent away, and being refused', async (t) => {
  const hub = await startHub(t, { resumeGrace: 1 });
  const lo = await Guest.enter(t, hub.port, 'LO');
  await t.rejects(Guest.enter(t, hub.port, 'lo'), { code: 'nick-taken' });
  const relay = await Relay.open(t, hub.port);
  const er = await Guest.enter(t, relay.port, 'ER');
  relay.mode = 'shut';
  relay.cut();
  await lo.until('ER is gone', () => !lo.talk.people().includes('ER'));
  const other = await JsonPeer.enter(t, hub.port, 'ER');
  relay.mode = 'open';
  await er.isTold('trying as ER-2');
  await er.isTold('back');
  t.equal(er.talk.nick, 'ER-2');
  other.send({ type: 'quit' });

  hub.daemon.hub.execute(
    { role: 'operator', name: 'server', session: null, requestId: null },
    { type: 'kick', target: 'LO', reason: 'enough' },
    () => {},
  );
  t.match(await lo.ended(), { status: 1, text: 'you were kicked: enough' });
  await hub.stop();
  await t.rejects(Guest.enter(t, hub.port, 'LO'), {
    name: 'Ending',
    status: 3,
    message: /nothing listens at 127\.0\.0\.1:/,
  });
});

await t.test('typing faster than the hub allows: all of it is said, in order, a little later', async (t) => {
  const hub = await startHub(t, { limits: 'on', ratePerSession: 50, burstPerSession: 3 });
  const er = await Guest.enter(t, hub.port, 'ER');
  const lo = await Guest.enter(t, hub.port, 'LO');
  for (let i = 0; i < 12; i++) lo.talk.submit(`line ${i}`);
  lo.talk.submit('/quit');
  t.match(await lo.ended(), { status: 0 });
  await er.hears('line 11');
  t.strictSame(
    er.said(),
    Array.from({ length: 12 }, (_, i) => `LO: line ${i}`),
  );
  await er.until('LO has left', () => !er.talk.people().includes('LO'));
});
