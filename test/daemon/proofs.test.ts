// The cryptography and the outside world behind sign-ins: keys, passwords, how many are checked at once, and a user database that
// answers well, badly, late or not at all.

import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { LIMITS } from '../../src/core/limits.ts';
import { cryptoProofs } from '../../src/daemon/crypto-proofs.ts';
import { outsideAuth } from '../../src/daemon/outside-auth.ts';
import { temporaryDirectory } from '../support/daemon.ts';
import { Person } from '../support/people.ts';

await t.test('keys', (t) => {
  const { signed } = cryptoProofs();
  const lo = new Person();
  const signature = lo.sign('nonce', 'binding');
  const text = 'chatroom auth\nnonce\nbinding';
  t.ok(signed(lo.key, text, signature));
  t.notOk(signed(lo.key, `${text}x`, signature), 'another text');
  t.notOk(signed(new Person().key, text, signature), 'another key');
  for (const [key, bad] of [
    [lo.key, ''],
    [lo.key, 'no signature at all'],
    ['', signature],
    ['A'.repeat(43), signature],
    ['not a key', signature],
  ] as const)
    t.notOk(signed(key, text, bad), `${key} ${bad}`);
  t.end();
});

await t.test('passwords are kept so that they cannot be read back', async (t) => {
  const { keep, matches, digest } = cryptoProofs();
  const kept = await keep('correct horse');
  t.match(kept, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
  t.not(kept, await keep('correct horse'), 'each with a salt of its own');
  t.ok(await matches('correct horse', kept));
  t.notOk(await matches('correct horsE', kept));
  t.notOk(await matches('correct horse', null), 'of nobody');
  t.notOk(await matches('correct horse', 'damaged'));
  t.ok(await matches('ﬁve e\u0301clairs', await keep('five éclairs')), 'however the letters were typed');
  t.equal(digest('TOKEN').length, 43);
});

await t.test('few passwords are checked at once, few wait, and the rest come back later', async (t) => {
  const { matches } = cryptoProofs();
  const { passwordChecksAtOnce, passwordChecksWaiting } = LIMITS;
  const all = Array.from({ length: passwordChecksAtOnce + passwordChecksWaiting + 3 }, () =>
    matches('x', null),
  );
  const outcomes = await Promise.allSettled(all);
  const refused = outcomes.filter(({ status }) => status === 'rejected');
  t.equal(refused.length, 3);
  t.match(refused[0], { reason: { code: 'busy', retryAfterMs: 3000 } });
  t.notOk(await matches('x', null), 'then there is room again');
});

const silent = { warn: () => {} };

await t.test('a program is asked, and whatever it does but say yes lets nobody in', async (t) => {
  const dir = temporaryDirectory(t);
  const program = (name: string, body: string): string => {
    const file = join(dir, name);
    writeFileSync(file, `#!/bin/sh\n${body}\n`);
    chmodSync(file, 0o755);
    return file;
  };
  const warned: string[] = [];
  const asks = (command: string, waitMs = 5000): NonNullable<ReturnType<typeof outsideAuth>> => {
    const ask = outsideAuth(
      { command, socket: 'none', waitMs },
      { warn: (text, fields) => void warned.push(`${text} ${JSON.stringify(fields)}`) },
    );
    if (ask === null) throw new Error('nobody to ask');
    return ask;
  };
  const question = { name: 'LO', address: '192.0.2.1', password: 'correct horse' };
  const good = program(
    'good',
    `read line; case "$line" in *'"password":"correct horse"'*) echo '{"ok":true,"role":"moderator"}';; *) echo '{"ok":false,"text":"no\\u001b[31m"}';; esac`,
  );
  t.strictSame(await asks(good)(question), { ok: true, role: 'moderator' });
  const refused = await asks(good)({ ...question, password: 'wrong' });
  t.strictSame(refused, { ok: false, text: 'no' }, 'its words are made safe');
  const large = 2 * LIMITS.outsideAnswerBytes;
  for (const [name, body] of [
    ['silent', 'true'],
    ['echo', 'cat'],
    ['babble', 'echo yes'],
    ['king', `echo '{"ok":true,"role":"king"}'`],
    ['maybe', `echo '{"ok":"yes"}'`],
    ['large', `head -c ${large} /dev/zero`],
  ] as const)
    await t.rejects(asks(program(name, body))(question), { code: 'busy' }, name);
  await t.rejects(asks(program('slow', 'sleep 30'), 200)(question), { code: 'busy' }, 'slower than authWait');
  await t.rejects(asks(join(dir, 'missing'))(question), { code: 'busy' }, 'missing');
  t.equal(warned.length, 8, 'a line for each');
  t.notMatch(warned.join(), /horse/, 'without the password');
  const { outsideQuestionsAtOnce, outsideQuestionsWaiting } = LIMITS;
  const held = asks(program('held', 'sleep 30'), 100);
  const many = Array.from({ length: outsideQuestionsAtOnce + outsideQuestionsWaiting + 2 }, () =>
    held(question),
  );
  const outcome = await Promise.race(
    many.slice(-1).map((last) => last.then(String, (error: Error) => error.message)),
  );
  t.match(outcome, /cannot be looked up/, 'more than may wait are refused at once');
  await Promise.allSettled(many);
});

await t.test('a socket is asked in the same words', async (t) => {
  const path = join(temporaryDirectory(t), 'auth.sock');
  const server = createServer((socket) => {
    socket.once('data', (line) => socket.end(`{"ok":${String(line).includes('"name":"LO"')}}\n`));
  }).listen(path);
  t.teardown(() => server.close());
  await once(server, 'listening');
  const ask = outsideAuth({ command: 'none', socket: path, waitMs: 5000 }, silent);
  t.strictSame(await ask?.({ name: 'LO', address: '', key: 'k' }), { ok: true });
  t.strictSame(await ask?.({ name: 'ER', address: '', key: 'k' }), { ok: false });
  t.equal(
    outsideAuth({ command: 'none', socket: 'none', waitMs: 1 }, silent),
    null,
    'nobody is asked by default',
  );
  const gone = outsideAuth({ command: 'none', socket: `${path}x`, waitMs: 5000 }, silent);
  await t.rejects(async () => void (await gone?.({ name: 'LO', address: '' })), { code: 'busy' });
});
