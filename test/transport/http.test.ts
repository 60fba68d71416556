// The port answers a balancer's health check, and no more of HTTP than that.

import { type IncomingMessage, request } from 'node:http';
import { mock } from 'node:test';
import t, { type Test } from 'tap';
import { LIMITS } from '../../src/core/limits.ts';
import { startHub, type TestHub } from '../support/daemon.ts';
import { dial, JsonPeer, PlainPeer } from '../support/peers.ts';

function fetched(
  hub: TestHub,
  method: string,
  path: string,
  headers = {},
): Promise<IncomingMessage & { body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: hub.host, port: hub.port, method, path, headers, agent: false },
      (answer) => {
        let body = '';
        answer.on('data', (chunk) => {
          body += String(chunk);
        });
        answer.on('end', () => resolve(Object.assign(answer, { body })));
      },
    );
    asked.on('error', reject);
    asked.end();
  });
}

async function sent(t: Test, hub: TestHub, ...chunks: string[]): Promise<PlainPeer> {
  const peer = new PlainPeer(await dial(t, hub.port), 'raw');
  for (const chunk of chunks) {
    peer.socket.write(chunk);
    // Each in a segment of its own, as far as that is ours to say.
    await new Promise((resolve) => void setImmediate(resolve));
  }
  return peer;
}

await t.test('/healthz', async (t) => {
  const hub = await startHub(t);
  const get = await fetched(hub, 'GET', '/healthz');
  t.match(get, { statusCode: 200, body: 'ok\n', headers: { connection: 'close' } });
  t.match(await fetched(hub, 'HEAD', '/healthz'), { statusCode: 200, body: '' });
  for (const [method, path] of [
    ['GET', '/'],
    ['GET', '/healthz/'],
    ['GET', '/healthz?x'],
    ['POST', '/healthz'],
    ['DELETE', '/healthz'],
    ['OPTIONS', '/healthz'],
  ] as const)
    t.match(await fetched(hub, method, path), { statusCode: 404 }, `${method} ${path}`);
  const peer = await sent(t, hub, 'GE', 'T /heal', 'thz HTTP/1.1\r\nHost: x', '\r\n\r\n');
  await peer.untilClosed();
  t.match(peer.text, /^HTTP\/1\.1 200 .*ok\n$/s, 'in any pieces, and then it is over');
  t.equal(hub.daemon.userCount, 0);
  t.notMatch(hub.logged(), /joined|http/i, 'a check leaves no trace');
});

await t.test('a hub whose store is gone says so, as soon as it has looked (healthEveryMs)', async (t) => {
  mock.timers.enable({ apis: ['setInterval'] });
  t.teardown(() => mock.timers.reset());
  const hub = await startHub(t);
  await hub.daemon.hub.setup.store.close();
  mock.timers.tick(LIMITS.healthEveryMs);
  await new Promise((resolve) => void setImmediate(resolve));
  t.match(await fetched(hub, 'GET', '/healthz'), { statusCode: 503, body: 'not ready\n' });
});

await t.test('heads that are too large, and what is no HTTP after all', async (t) => {
  const hub = await startHub(t);
  const large = await sent(
    t,
    hub,
    `GET /healthz HTTP/1.1\r\nHost: ${'x'.repeat(LIMITS.httpHeadBytes)}\r\n\r\n`,
  );
  await large.untilClosed();
  t.match(large.text, /^HTTP\/1\.1 431 /);
  const nonsense = await sent(t, hub, 'GET into the room\n');
  await nonsense.untilClosed();
  t.match(nonsense.text, /^HTTP\/1\.1 400 /);
  const lo = await JsonPeer.enter(t, hub.port, 'LO');
  t.match(await lo.ask({ type: 'ping' }), { type: 'pong' }, 'others are undisturbed');
});

await t.test('a head that does not end is not waited for', async (t) => {
  const hub = await startHub(t);
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const slow = await sent(t, hub, 'GET /healthz HTTP/1.1\r\n', 'Host: x\r\n');
  // Its time begins when it is heard: before whoever comes later.
  const later = await JsonPeer.open(t, hub.port);
  await later.ask({ type: 'ping' });
  mock.timers.tick(LIMITS.httpWaitMs);
  await slow.untilClosed();
  t.equal(slow.text, '');
});

await t.test('who has just come when the hub stops is still answered', async (t) => {
  const hub = await startHub(t);
  const early = await sent(t, hub, 'GET /healthz HTTP/1.1\r\nHost: x\r\n');
  const undecided = await dial(t, hub.port);
  // When this is answered, the others were taken too.
  await (await JsonPeer.open(t, hub.port)).ask({ type: 'ping' });
  const stopped = hub.stop();
  early.socket.write('\r\n');
  undecided.write('{"type":"hello","nick":"LO"}\n');
  let told = '';
  for await (const chunk of undecided) told += String(chunk);
  t.match(told, /"type":"bye".*"reconnect":true/, 'in its own language');
  await early.until('an answer', () => early.text.startsWith('HTTP/1.1 200'));
  await stopped;
});

await t.test('nor does it hold up a hub that stops for longer than lastWordsMs', async (t) => {
  const hub = await startHub(t);
  const realSetTimeout = setTimeout;
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const slow = await sent(t, hub, 'GET /healthz HTTP/1.1\r\n', 'Host: x\r\n');
  const later = await JsonPeer.open(t, hub.port);
  await later.ask({ type: 'ping' });
  const patience = new Promise((resolve) => void realSetTimeout(resolve, 8000, 'it hangs').unref());
  const stopped = hub.stop().then(() => 'it stops');
  const over = new AbortController();
  void stopped.then(() => over.abort());
  // Long before it would be given up without that.
  for (let ms = 0; ms < LIMITS.httpWaitMs / 2 && !over.signal.aborted; ms++) {
    await new Promise((resolve) => void setImmediate(resolve));
    mock.timers.tick(1);
  }
  t.equal(await Promise.race([stopped, patience]), 'it stops');
  t.equal(slow.text, '');
});
