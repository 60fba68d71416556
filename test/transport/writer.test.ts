import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer as createNetServer, type Socket } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import t from 'tap';
import { makeCertificate } from '../../src/transport/certificate.ts';
import { Writer } from '../../src/transport/writer.ts';
import { dial } from '../support/peers.ts';
import { dialTls } from '../support/tls.ts';

const RECORD_BYTES = 16 * 1024;

await t.test('a TLS connection is given no more at once than a record holds', async (t) => {
  const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const [from, until] = [0, Date.parse('2049-01-01')];
  const cert = makeCertificate({ key, name: 'hub', hosts: ['127.0.0.1'], from, until });
  const pem = String(key.export({ type: 'pkcs8', format: 'pem' }));
  const server = createServer({ key: pem, cert }).listen(0, '127.0.0.1');
  t.teardown(() => void server.close());
  await once(server, 'listening');
  const accepted = once(server, 'secureConnection');
  const peer = await dialTls(t, (server.address() as AddressInfo).port);
  const [socket] = (await accepted) as [TLSSocket];

  const writes = t.capture(socket, '_write', Reflect.get(socket, '_write'));
  const sent = Buffer.from(Array.from({ length: 10 * RECORD_BYTES + 1 }, (_, i) => i % 251));
  const answers = [Buffer.from('one'), Buffer.from('two')];
  const writer = new Writer(socket);
  for (const answer of answers) writer.answer(answer);
  writer.write(sent);
  const expected = Buffer.concat([...answers, sent]);
  const heard: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of peer as AsyncIterable<Buffer>) {
    heard.push(chunk);
    bytes += chunk.length;
    if (bytes >= expected.length) break;
  }
  const given = writes().map(({ args }) => (args[0] as Buffer).length);
  t.ok(Buffer.concat(heard).equals(expected), 'all of it, in order');
  t.equal(Math.max(...given), RECORD_BYTES);
  t.equal(given[0], 6, 'what was answered in one go is one write');
  t.equal(given.length, 12);
});

await t.test('what is answered in one go is held back only as long as it is little', async (t) => {
  const server = createNetServer().listen(0, '127.0.0.1');
  t.teardown(() => void server.close());
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  await dial(t, (server.address() as AddressInfo).port);
  const [socket] = (await accepted) as [Socket];
  const writes = t.capture(socket, '_write', Reflect.get(socket, '_write'));
  const given = (): number[] => writes().map(({ args }) => (args[0] as Buffer).length);

  const writer = new Writer(socket);
  const answer = Buffer.alloc(10_000);
  for (let n = 0; n < 3; n++) writer.answer(answer);
  t.strictSame(given(), [20_000], 'who asks for much is seen to have it waiting before it is answered more');
  await new Promise((resolve) => void setImmediate(resolve));
  t.strictSame(given(), [10_000], 'and the rest when all is done');
  socket.destroy();
});
