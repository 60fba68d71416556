// The pump: a session that is stopped, cut off, replaced and resumed at any moment gets every entry once and in order.

import * as fc from 'fast-check';
import t, { type Test } from 'tap';
import { LIMITS } from '../../src/core/limits.ts';
import { type Peer, TestOutlet, World } from './world.ts';

const LOGS = ['#lobby', '#b', '@me'];

/** A client that checks what it gets against what it has: the next number of each log, and nothing else. */
class Client {
  readonly peer: Peer;
  /** For each log the last entry it has, and the last it acknowledged. */
  readonly have = new Map<string, number>();
  readonly acked = new Map<string, number>();
  #read = 0;

  constructor(peer: Peer) {
    this.peer = peer;
    this.note();
  }

  note(): void {
    for (const { logs } of this.peer.outlet.told('welcome'))
      for (const { log, seq } of logs) if (!this.have.has(log)) this.have.set(log, seq);
  }

  read(t: Test): void {
    for (const { log, seq } of this.peer.outlet.entries.slice(this.#read)) {
      const name = log.startsWith('@') ? '@me' : log;
      const have = this.have.get(name) ?? seq - 1;
      if (seq !== have + 1) t.fail(`${name} ${seq} came after ${have}`);
      this.have.set(name, seq);
    }
    this.#read = this.peer.outlet.entries.length;
  }

  ack(log: string): void {
    const seq = this.have.get(log) ?? 0;
    this.acked.set(log, seq);
    this.peer.ask({ type: 'ack', log, seq });
  }

  /** Comes back: what it had not acknowledged it may have lost, and it says what it has or leaves that to its acks. */
  resume(lost: number, says: boolean): void {
    for (const [log, seq] of this.have)
      this.have.set(log, says ? Math.max(this.acked.get(log) ?? 0, seq - lost) : (this.acked.get(log) ?? 0));
    // To say what one has is to acknowledge it.
    for (const [log, seq] of this.have) this.acked.set(log, seq);
    this.peer.resume(says ? Object.fromEntries(this.have) : {});
    this.#read = 0;
  }
}

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('say' as const), log: fc.nat(2) }) },
  { weight: 4, arbitrary: fc.constant({ do: 'tick' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('block' as const), room: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 3, arbitrary: fc.constant({ do: 'drain' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'drop' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('resume' as const), lost: fc.nat(5), says: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('ack' as const), log: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('forget' as const), log: fc.nat(2) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('shut', 'open'),
      gate: fc.constantFrom('appending', 'paging'),
    }),
  },
);

await t.test(
  'whatever happens to its connection, a session gets every entry once and in order',
  async (t) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80, size: 'max' }), async (steps) => {
        const world = await World.open();
        const [speaker, peer] = [await world.enter('LO'), await world.enter('ER')];
        for (const each of [speaker, peer]) each.ask({ type: 'join', room: '#b' });
        await world.tick();
        const client = new Client(peer);
        client.read(t);
        // What it had when it entered #b counts from its own join.
        for (const log of LOGS) client.acked.set(log, client.have.get(log) ?? 0);
        for (const log of LOGS) if (client.have.has(log)) client.ack(log);
        for (const each of steps) {
          const log = 'log' in each ? (LOGS[each.log] ?? '') : '';
          if (each.do === 'say' && log === '@me') speaker.tell('ER', 'x');
          else if (each.do === 'say') speaker.say('x', log);
          else if (each.do === 'tick') await world.tick();
          else if (each.do === 'block') peer.outlet.room = each.room;
          else if (each.do === 'drain') {
            peer.outlet.room = Infinity;
            peer.session.drained();
          } else if (each.do === 'drop') peer.drop();
          else if (each.do === 'resume') client.resume(each.lost, each.says);
          else if (each.do === 'ack') client.ack(log);
          else if (each.do === 'forget') {
            if (log === '@me') peer.session.inbox.forgetTail();
            else world.hub.directory.room(log).log.forgetTail();
          } else world.store[each.gate as 'paging'][each.do === 'shut' ? 'shut' : 'open']();
          client.read(t);
          t.ok(peer.session.lag() >= 0, 'no cursor is ahead of its log');
        }
        world.store.appending.open();
        world.store.paging.open();
        if (peer.session.outlet === null) client.resume(0, true);
        // A page, a drain: each lets the next happen.
        for (let i = 0; i < 20; i++) {
          peer.outlet.room = Infinity;
          peer.session.drained();
          await world.tick();
        }
        client.read(t);
        t.equal(peer.session.lag(), 0, 'in the end it is level');
        t.equal(peer.outlet.bye, null);
        for (const log of ['#lobby', '#b'])
          t.equal(client.have.get(log), world.hub.directory.room(log).log.last, log);
        t.equal(client.have.get('@me') ?? 0, peer.session.inbox.last, '@me');
      }),
      { numRuns: 150 },
    );
  },
);

async function level(): Promise<{ world: World; lo: Peer; er: Peer }> {
  const world = await World.open();
  const [lo, er] = [await world.enter('LO'), await world.enter('ER')];
  er.outlet.batches.length = 0;
  return { world, lo, er };
}

await t.test('a full socket costs one batch and a cursor, and delays nobody', async (t) => {
  const { world, lo, er } = await level();
  er.outlet.room = 1;
  for (let i = 1; i <= 50; i++) {
    lo.say(`m${i}`);
    await world.tick();
  }
  t.equal(er.outlet.batches.length, 1, 'nothing is sent to it');
  t.equal(er.session.lag(), 49);
  t.equal(lo.outlet.shown('#lobby').at(-1), 'message LO m50', 'others are served');
  er.outlet.room = 3;
  er.session.drained();
  t.equal(er.outlet.batches.length, 4, 'it is served as far as it takes');
  er.session.drained();
  er.outlet.room = Infinity;
  er.session.drained();
  t.strictSame(
    er.outlet.shown('#lobby'),
    Array.from({ length: 50 }, (_, i) => `message LO m${i + 1}`),
  );
  er.session.drained();
  t.equal(er.outlet.batches.length, 50, 'a drain when nothing waits sends nothing');
});

await t.test('whose turn is only coming does not lag', async (t) => {
  const world = await World.open();
  const lo = await world.enter('LO');
  const lags: number[] = [];
  const { log } = world.hub.lobby;
  log.readers.add({ offer: () => lags.push(world.hub.directory.named('ER')?.lag() ?? 0) > 0 });
  const er = await world.enter('ER');
  await world.tick();
  lags.length = 0;
  lo.say('hello');
  await world.tick();
  t.strictSame(lags, [0], 'it is served after this reader');
  t.equal(er.outlet.shown('#lobby').at(-1), 'message LO hello');
});

await t.test('what is no longer in memory is read in pages, and what comes meanwhile follows', async (t) => {
  const { world, lo, er } = await level();
  er.outlet.room = 1;
  const count = LIMITS.pumpPage + 20;
  for (let i = 0; i < count; i++) lo.say(`m${i}`);
  await world.tick();
  lo.say('one more');
  await world.tick();
  world.hub.lobby.log.forgetTail();
  world.store.paging.shut();
  er.outlet.room = Infinity;
  er.session.drained();
  await world.tick();
  lo.say('while it is read');
  await world.tick();
  t.equal(er.outlet.batches.length, 1, 'nothing overtakes the page');
  world.store.paging.open();
  await world.tick();
  const shown = er.outlet.shown('#lobby');
  t.equal(shown.length, count + 2);
  t.strictSame(shown.slice(-2), ['message LO one more', 'message LO while it is read']);
  t.ok(Math.max(...er.outlet.batches.slice(1).map(({ entries }) => entries.length)) <= LIMITS.pumpPage);
});

await t.test('a page holds nothing that was not shown yet', async (t) => {
  const { world, lo, er } = await level();
  er.outlet.room = 1;
  lo.say('one');
  await world.tick();
  lo.say('two');
  await world.tick();
  world.hub.lobby.log.forgetTail();
  world.store.paging.shut();
  er.outlet.room = Infinity;
  er.session.drained();
  // It is durable already, and the hub has not been told so.
  const { last, epoch } = world.hub.lobby.log;
  const entry = {
    log: '#lobby',
    seq: last + 1,
    at: 0,
    kind: 'message',
    from: 'QW',
    to: '',
    text: 'early',
  } as const;
  await world.store.append({
    logs: [{ name: '#lobby', epoch, topic: '' }],
    entries: [entry],
    requests: [],
    sessions: [],
    ended: [],
    facts: [],
  });
  world.store.paging.open();
  await world.tick();
  t.strictSame(er.outlet.shown('#lobby'), ['message LO one', 'message LO two']);
  t.equal(er.session.lag(), 0);
});

await t.test('who was away for longer than anything is kept is told, not given a hole', async (t) => {
  const { world, lo, er } = await level();
  er.outlet.room = 1;
  for (const text of ['one', 'two', 'three', 'four']) {
    lo.say(text);
    await world.tick();
  }
  world.hub.lobby.log.forgetTail();
  await world.hub.prune({ olderThan: 0, entriesPerLog: 2, bytes: Infinity });
  er.session.drained();
  await world.tick();
  t.match(er.outlet.bye, { code: 'stuck', reconnect: true });
  t.equal(er.outlet.batches.length, 1, 'it got nothing after the hole');
  const had = er.outlet.entries.at(-1)?.seq ?? 0;
  t.equal(lo.outlet.shown('#lobby').at(-1), 'message LO four', 'it is away, and has not left');
  er.resume({ '#lobby': had });
  await world.tick();
  t.match(er.outlet.told('welcome'), [
    {
      resumed: true,
      recovered: false,
      losses: [{ log: '#lobby', why: 'retention', missed: 1 }],
      logs: [{}, { seq: had + 1 }],
    },
  ]);
  t.strictSame(er.outlet.shown('#lobby'), ['message LO three', 'message LO four']);
});

await t.test('a store that cannot read ends who needs it and no one else', async (t) => {
  const { world, lo, er } = await level();
  er.outlet.room = 1;
  for (const text of ['one', 'two']) {
    lo.say(text);
    await world.tick();
  }
  world.hub.lobby.log.forgetTail();
  world.store.paging.shut();
  er.session.drained();
  er.resume({}, new TestOutlet());
  world.store.paging.open();
  await world.tick();
  t.equal(er.outlet.bye, null, 'a page for a connection that was replaced is nobody’s');
  t.equal(er.session.lag(), 0);
  t.equal(lo.outlet.bye, null);
});

await t.test('what all tails keep is bounded, and the newest of it stays', async (t) => {
  const { world, lo } = await level();
  const { log } = world.hub.lobby;
  const texts = Math.ceil(LIMITS.tailBytes / LIMITS.textChars);
  for (let i = 0; i < texts; i++) {
    lo.say('x'.repeat(LIMITS.textChars));
    if (i % 100 === 0) await world.tick();
  }
  await world.tick();
  t.equal(log.recent(1), null, `after ${log.last} entries the first have gone`);
  t.ok(log.recent(log.last - 1));
  t.ok(log.recent(log.last - texts / 2), 'and no more than that');
});

await t.test('retention works in steps', async (t) => {
  const { world, lo } = await level();
  const entries = 2 * LIMITS.pruneStepEntries + 10;
  for (let i = 0; i < entries; i++) lo.say('x');
  await world.tick();
  const steps: number[] = [];
  const prune = world.store.prune.bind(world.store);
  world.store.prune = async (retention, maxEntries) => {
    steps.push(maxEntries);
    return prune(retention, maxEntries);
  };
  await world.hub.prune({ olderThan: 0, entriesPerLog: 5, bytes: Infinity });
  t.ok(steps.length >= 3 && steps.every((most) => most === LIMITS.pruneStepEntries));
  t.equal(world.hub.lobby.log.first, world.hub.lobby.log.last - 4);
});
