// An address may come so often and no more: those beyond are closed before they cost a handshake, one of them each second is told why, and
// whoever comes from elsewhere does not notice.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { LIMITS } from '../../src/core/limits.ts';
import { type Coming, Throttle } from '../../src/transport/throttle.ts';
import { startHub } from '../support/daemon.ts';
import { JsonPeer, untilEnd } from '../support/peers.ts';

const MOST = 2 * LIMITS.connectsAtOnce;
const NOW = 1_000_000;

await t.test('so often at once, and so often again', (t) => {
  const throttle = new Throttle();
  const comes = (address: string, ms: number, most = MOST): Coming => throttle.enter(address, most, NOW + ms);
  const told = {
    code: 'too-many-connections',
    text: 'your address connects too often: try again in 0.1 s',
    reconnect: true,
  };
  for (let i = 0; i < MOST; i++) t.equal(comes('192.0.2.7', 0), 'in-time');
  t.match(comes('192.0.2.7', 0), told);
  t.equal(comes('192.0.2.7', 1), 'unheard', 'the next are not told');
  t.equal(comes('192.0.2.7', 2), 'unheard');
  t.equal(comes('192.0.2.8', 2), 'in-time', 'nobody else is meant');
  const again = LIMITS.connectsAgainMs / MOST;
  t.equal(comes('192.0.2.7', again), 'in-time', 'who waits as long as it was told may come');
  t.equal(comes('192.0.2.7', again), 'unheard');
  const later = 10 * LIMITS.connectsAgainMs;
  for (let i = 0; i < MOST; i++) t.equal(comes('192.0.2.7', later), 'in-time');
  t.match(comes('192.0.2.7', later), told, 'and is told again');

  for (let i = 0; i < LIMITS.connectsAtOnce; i++) t.equal(comes('2001:db8::7', 0, 1), 'in-time', 'a floor');
  t.match(comes('2001:db8::8', 0, 1), told, 'IPv6 by its first 64 bits');
  t.equal(comes('2001:db8:0:1::7', 0, 1), 'in-time');
  t.end();
});

await t.test('one of many is told, once a second', (t) => {
  const throttle = new Throttle();
  let told = 0;
  for (let ms = 0; ms < 10_000; ms++) {
    if (typeof throttle.enter('192.0.2.7', 1, NOW + ms) === 'object') told++;
  }
  t.equal(told, 10_000 / LIMITS.tellTooSoonMs);
  t.end();
});

await t.test('what it remembers it does not forget too soon', (t) => {
  const throttle = new Throttle();
  for (let i = 0; i < MOST; i++) throttle.enter('192.0.2.7', MOST, NOW);
  const halfWay = NOW + LIMITS.connectsAgainMs / 2;
  throttle.sweep(MOST, halfWay);
  let came = 0;
  for (let i = 0; i < MOST; i++) if (throttle.enter('192.0.2.7', MOST, halfWay) === 'in-time') came++;
  t.equal(came, MOST / 2);
  t.end();
});

async function from(t: Test, port: number, localAddress: string): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress, noDelay: true });
  t.teardown(() => socket.destroy());
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** What comes of asking: the answer, or all that is said until the hub closes. */
async function asks(socket: Socket): Promise<string> {
  const said = untilEnd(socket);
  const answer = new Promise<string>(
    (resolve) => void socket.once('data', (chunk) => resolve(String(chunk))),
  );
  socket.write('{"type":"ping"}\n');
  const first = await Promise.race([answer, said]);
  return first.includes('pong') ? first : said;
}

/** Makes connections until one of them is told why it is turned away and one is turned away without a word; resolves with what was told. */
async function exhaust(open: () => Promise<Socket>): Promise<string> {
  let told = '';
  let isUnheard = false;
  for (let i = 0; i < 3 * LIMITS.connectsAtOnce; i++) {
    const socket = await open();
    const answer = await asks(socket);
    if (answer.includes('pong')) socket.destroy();
    else if (answer === '') isUnheard = true;
    else told = answer;
    if (told !== '' && isUnheard) return told;
  }
  throw new Error('not turned away');
}

await t.test('over real sockets', async (t) => {
  const hub = await startHub(t, { limits: 'on' });
  const told = await exhaust(() => from(t, hub.port, '127.0.0.2'));
  t.match(told, /"code":"too-many-connections","text":"your address connects too often: try again in/);
  const neighbour = new JsonPeer(await from(t, hub.port, '127.0.0.3'));
  t.equal((await neighbour.hello('LO')).type, 'welcome', 'and its neighbour comes in');
  t.ok(hub.daemon.connections.refused >= 2);
});

await t.test('whom a balancer speaks for, and the balancer itself', async (t) => {
  const hub = await startHub(t, {
    limits: 'on',
    proxyFrom: [{ address: '127.0.0.1', prefix: 32, family: 'ipv4' }],
  });
  const announced = async (address: string): Promise<Socket> => {
    const socket = await from(t, hub.port, '127.0.0.1');
    socket.write(`PROXY TCP4 ${address} 192.0.2.1 1 2\r\n`);
    return socket;
  };
  t.match(await exhaust(() => announced('192.0.2.7')), /your address connects too often/);
  t.match(await exhaust(() => from(t, hub.port, '127.0.0.1')), /your address connects too often/);
  const neighbour = new JsonPeer(await announced('192.0.2.8'));
  t.equal((await neighbour.hello('LO')).type, 'welcome');
});

await t.test('one that is turned away takes nobody’s place', async (t) => {
  const hub = await startHub(t, { limits: 'on', maxConnections: 1 });
  for (let n = 1; ; n++) {
    const stranger = new JsonPeer(await from(t, hub.port, `127.0.1.${n}`));
    t.equal((await stranger.ask({ type: 'ping' })).type, 'pong');
    const comer = await from(t, hub.port, '127.0.0.2');
    const answer = await asks(comer);
    if (!answer.includes('pong')) {
      t.match(answer, /your address connects too often/);
      t.equal((await stranger.ask({ type: 'ping' })).type, 'pong', 'and the other is still there');
      break;
    }
    // A full hub makes room for one that comes in time.
    await stranger.untilClosed();
    comer.destroy();
  }
});
