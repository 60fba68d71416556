// Every call of the control API over its real socket: what it answers, what it does, and the audit line it leaves.

import t from 'tap';
import { LIMITS } from '../../src/core/limits.ts';
import { ask, startRig } from './rig.ts';

const OPERATOR = { by: 'control socket' };

await t.test('every call is answered, and every act leaves an audit line', async (t) => {
  const { path, member, hub, acts, daemon, faults } = await startRig(t);
  const lo = await member('LO');
  const er = await member('ER');
  const json = async (method: string, url: string, body?: object): Promise<Record<string, unknown>> => {
    const { status, text } = await ask(path, method, url, body === undefined ? '' : JSON.stringify(body));
    t.equal(status, 200, `${method} ${url}`);
    return JSON.parse(text) as Record<string, unknown>;
  };

  t.match(await json('GET', '/v1/users'), {
    users: [
      { nick: 'LO', session: lo.session.id },
      { nick: 'ER', state: 'here' },
    ],
  });
  t.match(await json('GET', '/v1/users?room=%23lobby'), { users: [{ nick: 'LO' }, { nick: 'ER' }] });
  t.match(await json('GET', '/v1/rooms'), { rooms: [{ room: '#lobby', members: 2, seq: 2 }] });
  const noticed = await json('POST', '/v1/notices', { text: 'Update at five', to: { scope: 'all' } });
  t.match(noticed, { log: '#lobby', seq: 3 });
  t.match(lo.entries.at(-1), { kind: 'notice', from: 'server', text: 'Update at five' });
  const toOne = await json('POST', '/v1/notices', {
    text: 'You alone',
    to: { scope: 'user', name: 'er' },
  });
  t.match(toOne, { log: '@ER', seq: 1 });
  t.match(er.entries.at(-1), { kind: 'notice', text: 'You alone' });
  t.notOk(
    lo.entries.some(({ text }) => text === 'You alone'),
    'a notice to one is for one',
  );
  t.match(await json('GET', '/v1/history?log=lobby&limit=2'), {
    log: '#lobby',
    entries: [{ seq: 2 }, { seq: 3 }],
    more: true,
  });
  t.match(await json('GET', '/v1/history?log=lobby&limit=2&before=2'), {
    entries: [{ seq: 1 }],
    more: false,
  });
  t.same(await json('POST', '/v1/kick', { target: 'er', reason: 'too loud' }), { matched: 1 });
  t.match(er.byes, [{ code: 'kicked', text: 'you were kicked: too loud' }]);
  t.match(lo.entries.at(-1), { kind: 'kick', to: 'ER', text: 'too loud' });
  t.same(await json('POST', '/v1/kick', { target: lo.session.id }), { matched: 1 });
  t.same(await json('POST', '/v1/kick', { target: 'ER' }), { matched: 0 }, 'nobody is kicked twice');
  t.match(await json('GET', '/v1/status'), {
    version: /^\d/,
    pid: process.pid,
    uptimeMs: Number,
    users: { here: 0, away: 0 },
    store: { entries: Number },
    memory: { rssBytes: Number },
    totals: { entries: Number, refused: 0 },
    connections: { open: 2 },
  });
  t.same(await json('GET', '/v1/doctor'), {
    nodePath: process.execPath,
    files: { limit: 20_000, open: 30 },
    settings: { changed: [], afterRestart: [] },
  });
  t.match(await json('GET', '/v1/version'), { version: /^\d/ });
  t.same(await json('POST', '/v1/reload'), { changed: ['max-rooms'], afterRestart: ['listen'] });
  t.same(await json('GET', '/v1/log-level'), { level: 'info' });
  t.same(await json('PUT', '/v1/log-level', { level: 'debug' }), { level: 'debug', was: 'info' });
  t.equal(daemon.logLevel(), 'debug');

  const before = Date.now();
  const plan = await json('POST', '/v1/drain', { seconds: 300, text: 'a new version' });
  t.equal(plan['text'], 'the hub restarts in 5 min: a new version');
  t.ok(Number(plan['until']) >= before + 300_000);
  t.match(await json('GET', '/v1/status'), { drainingUntil: plan['until'] });
  t.match(await json('GET', '/v1/history?log=lobby&limit=1'), {
    entries: [{ kind: 'notice', from: 'server', text: plan['text'] }],
  });
  await t.rejects(member('QW'), { code: 'busy' });
  t.same(await json('POST', '/v1/drain/cancel'), { cancelled: true });
  t.same(await json('POST', '/v1/drain/cancel'), { cancelled: false });
  t.match(await json('GET', '/v1/status'), { drainingUntil: null });
  t.match(await json('GET', '/v1/history?log=lobby&limit=1'), {
    entries: [{ kind: 'notice', text: /does not restart/ }],
  });
  t.same(await json('POST', '/v1/backup', { file: '/srv/b.db' }), { file: '/srv/b.db', bytes: 4096 });
  t.match(await json('POST', '/v1/backup'), { file: /^\/var\/lib\/chatroom\/backups\// });

  t.same(acts, [
    ['notice', { ...OPERATOR, to: 'everybody', chars: 14 }],
    ['notice', { ...OPERATOR, to: 'er', chars: 9 }],
    ['history', { ...OPERATOR, log: 'lobby' }],
    ['history', { ...OPERATOR, log: 'lobby' }],
    ['kick', { ...OPERATOR, target: 'er', reason: 'too loud', matched: 1 }],
    ['kick', { ...OPERATOR, target: lo.session.id, matched: 1 }],
    ['kick', { ...OPERATOR, target: 'ER', matched: 0 }],
    ['reload', OPERATOR],
    ['log-level', { ...OPERATOR, level: 'debug', was: 'info' }],
    ['drain', { ...OPERATOR, seconds: 300 }],
    ['history', { ...OPERATOR, log: 'lobby' }],
    ['drain-cancel', OPERATOR],
    ['drain-cancel', OPERATOR],
    ['history', { ...OPERATOR, log: 'lobby' }],
    ['backup', { ...OPERATOR, file: '/srv/b.db', bytes: 4096 }],
    ['backup', { ...OPERATOR, file: '/var/lib/chatroom/backups/b.db', bytes: 4096 }],
  ]);
  t.same(faults, []);
  t.equal(hub.directory.size, 0);
});

await t.test('a list longer than one answer of the hub comes whole', async (t) => {
  const { path, member } = await startRig(t);
  const count = LIMITS.usersPerAnswer * 2 + 1;
  for (let n = 0; n < count; n++) await member(`user${n}`);
  const { users } = JSON.parse((await ask(path, 'GET', '/v1/users')).text) as { users: { nick: string }[] };
  t.equal(new Set(users.map(({ nick }) => nick)).size, count);
});
