// A peer that sends more than it may: it is heard piece by piece, nobody waits for it, and nothing that was sent is lost.

import { once } from 'node:events';
import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import t from 'tap';
import { LIMITS } from '../../src/core/limits.ts';
import { JsonDialect } from '../../src/dialects/json.ts';
import { PlainDialect } from '../../src/dialects/plain.ts';
import { Hearing } from '../../src/transport/hearing.ts';
import { Rounds } from '../../src/transport/rounds.ts';
import { Clock } from '../dialects/speech.ts';
import { startHub } from '../support/daemon.ts';
import { dial, JsonPeer, PlainPeer } from '../support/peers.ts';

const LINES = 1600 * LIMITS.requestsInARow;

const SPEECH = new Clock().setup();

await t.test('ten thousands of short lines at once hold nobody up', async (t) => {
  const hub = await startHub(t);
  const er = await JsonPeer.enter(t, hub.port, 'ER');
  const lo = await PlainPeer.enter(t, hub.port, 'LO', 'line');
  const qw = await JsonPeer.enter(t, hub.port, 'QW');
  // Where it need not read a word of it: what that takes in this process is no time that the hub makes it wait.
  lo.say('/join #dev');
  await lo.sees('[#dev] LO joined!');
  await qw.ask({ type: 'join', room: '#dev' });
  const { log } = hub.daemon.hub.directory.room('#dev');
  const reached = (seq: number): Promise<void> =>
    new Promise((resolve) => {
      const stop = hub.daemon.hub.watch(() => {
        if (log.last < seq) return;
        stop();
        resolve();
      });
    });
  for (const { socket } of [lo, qw]) {
    const line = socket === lo.socket ? 'x\n' : '{"type":"say","room":"#dev","text":"x"}\n';
    const before = log.last;
    const [begun, all] = [reached(before + 1), reached(before + LINES)];
    socket.write(line.repeat(LINES));
    await begun;
    for (let i = 0; i < 10; i++) await er.ask({ type: 'ping' });
    const heard = log.last + log.pending - before;
    t.ok(heard < LINES, `ten answers between ${heard} of ${LINES} lines`);
    await all;
  }
});

await t.test('of a line without end so much is read at a time (bytesInARow)', async (t) => {
  const socket = new PassThrough();
  const due: (() => void)[] = [];
  const rounds = new Rounds(
    (round) => void due.push(round),
    () => 0,
  );
  let heard = 0;
  socket.on('data', (chunk: Buffer) => void (heard += chunk.length));
  const hearing = new Hearing(socket as unknown as Socket, new JsonDialect(SPEECH), {
    rounds,
    rate: { perSecond: 1, burst: 1 },
    now: () => 0,
    heard: () => {},
    handle: () => {},
    mustWait: () => false,
    next: () => 'in',
    caughtUp: () => {},
  });
  hearing.start(Buffer.from('{"type":"say","text":"'));
  const part = Buffer.alloc(LIMITS.bytesInARow / 4, 'x');
  for (let n = 0; n < 40; n++) socket.write(part);
  let rests = 0;
  for (let before = 0; heard < 40 * part.length; before = heard) {
    await new Promise((resolve) => void setImmediate(resolve));
    t.ok(heard - before <= LIMITS.bytesInARow + 2 * part.length, `${heard - before} bytes`);
    const round = due.shift();
    if (round !== undefined) rests++;
    round?.();
  }
  t.ok(rests >= 5, `${rests} times it waited`);
  hearing.stop();
});

await t.test('what comes too fast waits in the socket of who sends it', async (t) => {
  const hub = await startHub(t, { limits: 'on' });
  const peer = await JsonPeer.open(t, hub.port);
  const count = LIMITS.requestsAtOnce + 100;
  const startedAt = performance.now();
  peer.socket.write(Array.from({ length: count }, (_, i) => `{"type":"ping","id":"p${i}"}\n`).join(''));
  await peer.until('every answer', () => peer.lines().length === count);
  t.strictSame(
    peer.lines().map(({ id }) => id),
    Array.from({ length: count }, (_, i) => `p${i}`),
    'each is answered, in order',
  );
  const leastMs = (1000 * (count - LIMITS.requestsAtOnce)) / LIMITS.requestsPerSecond;
  t.ok(performance.now() - startedAt >= leastMs - LIMITS.restMs, 'and not before its time');
  t.equal((await peer.hello('LO')).type, 'welcome', 'it is as welcome as any');
});

await t.test('who does not say hello in a few bytes is sent away', async (t) => {
  const hub = await startHub(t);
  const json = await JsonPeer.open(t, hub.port);
  json.socket.write(`{"type":"hello","nick":"${'x'.repeat(LIMITS.helloBytes)}`);
  t.match(await json.line(({ type }) => type === 'bye'), { code: 'bad-input', reconnect: false });
  const raw = await dial(t, hub.port);
  let told = '';
  raw.on('data', (chunk) => {
    told += String(chunk);
  });
  raw.write('x'.repeat(LIMITS.helloBytes + 1));
  await once(raw, 'close');
  t.match(told, `in at most ${LIMITS.helloBytes} bytes`);
  const er = await JsonPeer.open(t, hub.port);
  er.socket.write(`{"type":"hello","nick":"ER"}\n{"type":"say","text":"${'é'.repeat(LIMITS.textChars)}"`);
  er.socket.write(`,"more":"${'x'.repeat(LIMITS.helloBytes)}"`);
  await er.line(({ type }) => type === 'welcome');
  er.socket.write(',"id":"t1"}\n');
  t.match(await er.line(({ id }) => id === 't1'), { type: 'ok' }, 'who is in may say more at once');
});

await t.test('lines are cut off what came a few at a time, a nickname alone', (t) => {
  const plain = new PlainDialect(SPEECH);
  const bytes = Buffer.from('LO\nsecret\n');
  t.equal(plain.takes(bytes), 3);
  plain.decode(bytes.subarray(0, 3));
  t.equal(plain.takes(bytes), LIMITS.decodedBytes);
  const json = new JsonDialect(SPEECH);
  t.equal(json.takes(bytes), 3, 'who is not in is heard line by line');
  json.proceed('in');
  t.equal(json.takes(bytes), LIMITS.decodedBytes);
  const raw = new PlainDialect(SPEECH);
  t.equal(raw.takes(Buffer.alloc(20_000)), 20_000, 'where each segment is a message, the whole');
  t.end();
});
