// Peers that do not read: each costs a bounded number of bytes, delays nobody, and gets everything in order afterwards.

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import t, { type Test } from 'tap';
import { LIMITS } from '../../src/core/limits.ts';
import { startHub } from '../support/daemon.ts';
import { JsonPeer, type Line, PlainPeer } from '../support/peers.ts';

/** What is written before the socket says that it is full, and one batch more, in UTF-8. */
const MOST_BYTES = LIMITS.writeBufferBytes + 3 * LIMITS.batchCharsPerLog;

/** Collects the hub's own ends of the connections it takes, to see what they hold. */
function hubSockets(t: Test): (peer: JsonPeer | PlainPeer) => Socket {
  const sockets: Socket[] = [];
  const note = (message: unknown): void => void sockets.push((message as { socket: Socket }).socket);
  subscribe('net.server.socket', note);
  t.teardown(() => unsubscribe('net.server.socket', note));
  return ({ socket }) => {
    const found = sockets.find(({ remotePort }) => remotePort === socket.localPort);
    if (found === undefined) throw new Error('the hub has no such connection');
    return found;
  };
}

function numbers(lines: readonly Line[]): number[] {
  return lines.filter(({ type }) => type === 'message').map(({ text }) => Number.parseInt(String(text), 10));
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}

/** Says `count` numbered texts, as fast as they are acknowledged, some hundred under way at once. */
async function sayAll(peer: JsonPeer, count: number, filler: string): Promise<void> {
  for (let n = 1; n <= count; n++) {
    peer.send({ type: 'say', text: `${n} ${filler}`, ...(n % 100 === 0 ? { id: `n${n}` } : {}) });
    if (n % 100 === 0 && n > 300) await peer.line(({ id }) => id === `n${n - 300}`);
  }
}

await t.test('who stops reading is served later, in order, and holds nobody up', async (t) => {
  const hub = await startHub(t);
  const hubSide = hubSockets(t);
  const lo = await JsonPeer.enter(t, hub.port, 'LO');
  const qw = await JsonPeer.enter(t, hub.port, 'QW');
  const json = await JsonPeer.enter(t, hub.port, 'ER');
  const plain = await PlainPeer.enter(t, hub.port, 'PL', 'line');
  await qw.line(({ type, from }) => type === 'join' && from === 'PL');
  for (const { socket } of [json, plain]) socket.pause();
  let most = 0;
  const watched = [hubSide(json), hubSide(plain)];
  hub.daemon.hub.watch(() => {
    for (const { writableLength } of watched) most = Math.max(most, writableLength);
  });

  const count = 3000;
  const filler = '漢'.repeat(1800);
  await sayAll(lo, count, filler);
  await qw.until('all of them', () => numbers(qw.lines()).length === count);
  t.strictSame(numbers(qw.lines()), upTo(count), 'others have it all while they have not');
  t.ok(hub.daemon.hub.directory.named('ER')?.lag(), 'they really lag behind');
  t.ok(hub.daemon.hub.directory.named('PL')?.lag());
  t.ok(most <= MOST_BYTES, `the hub holds ${most} bytes for one of them`);

  // What memory has let go of comes from the store.
  hub.daemon.hub.lobby.log.forgetTail();
  for (const { socket } of [json, plain]) socket.resume();
  await json.until('the rest', () => numbers(json.lines()).length === count);
  t.strictSame(numbers(json.lines()), upTo(count));
  const last = Buffer.from(`LO: ${count} ${filler}\n`);
  await plain.until('the rest', () => plain.bytes.subarray(-last.length).equals(last));
  const texts = plain.text.split('\n').filter((line) => line.startsWith('LO: '));
  t.strictSame(
    texts.map((line) => Number.parseInt(line.slice(4), 10)),
    upTo(count),
  );
  t.ok(
    texts.every((line) => line.endsWith(filler)),
    'and not a byte less',
  );
  t.equal(hub.daemon.hub.directory.named('ER')?.lag(), 0);
});

await t.test('a page from the store is no more than a slow reader may hold', async (t) => {
  const hub = await startHub(t);
  const hubSide = hubSockets(t);
  const lo = await JsonPeer.enter(t, hub.port, 'LO');
  const er = await JsonPeer.enter(t, hub.port, 'ER');
  er.socket.pause();
  const count = 2500;
  await sayAll(lo, count, '漢'.repeat(4000));
  await lo.until('the last', () => numbers(lo.lines()).length === count);
  hub.daemon.hub.lobby.log.forgetTail();
  const side = hubSide(er);
  const before = side.bytesWritten;
  let most = 0;
  er.socket.on('data', () => {
    most = Math.max(most, side.writableLength);
  });
  er.socket.resume();
  await er.until('the rest', () => numbers(er.lines()).length === count);
  t.ok(side.bytesWritten > before, 'there was something to catch up with');
  t.ok(most <= MOST_BYTES, `the hub holds ${most} bytes for it`);
});

await t.test('who asks and does not read the answers is not listened to until it does', async (t) => {
  const hub = await startHub(t);
  const hubSide = hubSockets(t);
  const er = await JsonPeer.enter(t, hub.port, 'ER');
  const lo = await JsonPeer.enter(t, hub.port, 'LO');
  er.socket.pause();
  const asked = 40_000;
  for (let n = 0; n < asked; n += 1000) er.socket.write('{"type":"help"}\n'.repeat(1000));
  const side = hubSide(er);
  await lo.until('that it is stopped', () => {
    lo.send({ type: 'ping' });
    return side.isPaused();
  });
  for (let i = 0; i < 5; i++) await lo.ask({ type: 'ping' });
  t.ok(side.isPaused(), 'its own requests wait');
  const answer = 8 * 1024;
  t.ok(
    side.writableLength <= LIMITS.writeBufferBytes + answer,
    `the hub holds ${side.writableLength} bytes for it`,
  );
  er.socket.resume();
  const helps = (): number => er.lines().filter(({ type }) => type === 'help').length;
  await er.until('all answers', () => helps() === asked);
  t.equal(helps(), asked, 'each is answered in the end');
  t.match(await er.ask({ type: 'ping' }), { type: 'pong' });
});
