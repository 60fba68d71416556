// Bad requests, far too many of them, and mistakes of our own: what the caller is told, and that the hub stays up.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import t from 'tap';
import { CONTROL_LIMITS } from '../../src/core/limits.ts';
import { ask, startRig, until } from './rig.ts';

await t.test('a bad request is refused in words that name the field and the cure', async (t) => {
  const { path, acts, faults, member, hub } = await startRig(t);
  await member('LO');
  const cases: readonly [
    method: string,
    url: string,
    body: string,
    status: number,
    code: string,
    text: RegExp,
  ][] = [
    ['POST', '/v1/kick', '', 400, 'bad-request', /"target" must be a nickname/],
    ['POST', '/v1/kick', '{"target":""}', 400, 'bad-request', /"target" must be a nickname/],
    ['POST', '/v1/kick', '{"target":["ER"]}', 400, 'bad-request', /"target" must be a nickname/],
    [
      'POST',
      '/v1/kick',
      '{"target":"ER","reson":"x"}',
      400,
      'bad-request',
      /has no field reson: it takes target, reason/,
    ],
    ['POST', '/v1/kick', '{"target":"ER","\\u001b[31mred":1}', 400, 'bad-request', /has no field red/],
    [
      'POST',
      '/v1/kick',
      `{"target":"ER","reason":"${'x'.repeat(301)}"}`,
      413,
      'too-long',
      /at most 300 characters: shorten/,
    ],
    ['POST', '/v1/kick', 'target=ER', 400, 'bad-json', /must be one JSON object/],
    ['POST', '/v1/kick', '[]', 400, 'bad-request', /must be a JSON object/],
    ['POST', '/v1/kick', 'null', 400, 'bad-request', /must be a JSON object/],
    [
      'POST',
      '/v1/notices',
      '{"text":"x","to":{"scope":"moon"}}',
      400,
      'bad-request',
      /"to.*" must be .*scope/,
    ],
    [
      'POST',
      '/v1/notices',
      '{"text":"x","to":{"scope":"room"}}',
      400,
      'bad-request',
      /"to.room" must be the name of a room/,
    ],
    ['POST', '/v1/notices', '{"text":7,"to":{"scope":"all"}}', 400, 'bad-request', /"text" must be a text/],
    [
      'POST',
      '/v1/notices',
      '{"text":" \\u0007 ","to":{"scope":"all"}}',
      400,
      'empty-text',
      /write something/,
    ],
    [
      'POST',
      '/v1/notices',
      '{"text":"x","to":{"scope":"user","name":"QW"}}',
      404,
      'no-such-user',
      /nobody here is called QW/,
    ],
    [
      'POST',
      '/v1/notices',
      '{"text":"x","to":{"scope":"room","room":"#moon"}}',
      404,
      'no-such-room',
      /no room #moon/,
    ],
    ['GET', '/v1/users?room=%23moon', '', 404, 'no-such-room', /no room #moon/],
    ['GET', '/v1/users?room=', '', 400, 'bad-request', /"room" must be the name of a room/],
    ['GET', '/v1/users?rom=x', '', 400, 'bad-request', /has no field rom: it takes room/],
    [
      'GET',
      '/v1/history',
      '',
      400,
      'bad-request',
      /"log" must be .*"limit" must be a whole number from 1 to 200/,
    ],
    [
      'GET',
      '/v1/history?log=lobby&limit=201',
      '',
      400,
      'bad-request',
      /"limit" must be a whole number from 1 to 200/,
    ],
    ['GET', '/v1/history?log=lobby&limit=2.5', '', 400, 'bad-request', /"limit"/],
    ['GET', '/v1/history?log=lobby&limit=5&before=-1', '', 400, 'bad-request', /"before"/],
    ['GET', '/v1/history?log=@me&limit=5', '', 400, 'bad-room', /a room is/],
    ['GET', '/v1/status?x=1', '', 400, 'bad-request', /it takes none/],
    [
      'POST',
      '/v1/drain',
      '{}',
      400,
      'bad-request',
      /"seconds" must be a whole number of seconds from 0 to 86400/,
    ],
    ['POST', '/v1/drain', '{"seconds":null}', 400, 'bad-request', /"seconds" must be/],
    ['POST', '/v1/drain', '{"seconds":"60"}', 400, 'bad-request', /"seconds" must be/],
    ['POST', '/v1/drain', '{"seconds":86401}', 400, 'bad-request', /"seconds" must be/],
    ['POST', '/v1/drain', '{"seconds":0.5}', 400, 'bad-request', /"seconds" must be/],
    [
      'POST',
      '/v1/drain',
      `{"seconds":60,"text":"${'x'.repeat(4096)}"}`,
      413,
      'too-long',
      /at most 4096 characters/,
    ],
    ['POST', '/v1/backup', '{"file":"b.db"}', 400, 'bad-request', /"file" must be the absolute path/],
    ['POST', '/v1/backup', `{"file":"/${'x'.repeat(4095)}"}`, 400, 'bad-request', /"file" must be/],
    ['PUT', '/v1/log-level', '{"level":"loud"}', 400, 'bad-request', /one of error, warn, info, debug/],
    ['PUT', '/v1/lockdown', '{"level":5}', 400, 'bad-request', /"level" must be a whole number from 0 to 4/],
    ['PUT', '/v1/lockdown', '{}', 400, 'bad-request', /"level" must be/],
    ['DELETE', '/v1/users', '', 405, 'wrong-method', /takes GET/],
    ['POST', '/v1/events', '', 405, 'wrong-method', /takes GET/],
    ['GET', '/v2/users', '', 404, 'no-such-path', /needs a restart/],
    ['GET', '/', '', 404, 'no-such-path', /no such path/],
  ];
  for (const [method, url, body, status, code, text] of cases) {
    const answer = await ask(path, method, url, body);
    t.equal(answer.status, status, `${method} ${url} ${body.slice(0, 60)}: ${answer.text}`);
    t.match(JSON.parse(answer.text), { error: { code, text } });
    t.notMatch(answer.text, /\\u001b|\u001b/, 'no escape sequence comes back');
  }
  const refused = acts
    .filter(([, fields]) => 'refused' in fields)
    .map(([act, fields]) => `${act} ${fields['refused']}`);
  t.same(refused, [
    'kick too-long',
    'notice empty-text',
    'notice no-such-user',
    'notice no-such-room',
    'history bad-room',
    'drain too-long',
  ]);
  t.equal(hub.drain.until, null, 'a stop that cannot be announced is not planned');
  t.same(faults, []);
});

await t.test('whatever comes, the hub stays up', async (t) => {
  const { path, faults, member, hub } = await startRig(t);
  await member('LO');
  let state = 20_261_122;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const pick = <T>(all: readonly T[]): T => all[random(all.length)] as T;
  const odd = [
    '{',
    '}',
    '"',
    ':',
    ',',
    'target',
    'text',
    'to',
    'scope',
    '\u0000',
    '\u001b',
    '\u{1f600}',
    '[',
    ']',
    '1e999',
    'null',
    '\\',
  ];
  const urls = [
    '/v1/kick',
    '/v1/notices',
    '/v1/users',
    '/v1/history',
    '/v1/log-level',
    '/v1/reload',
    '/v1/%00',
    '/v1/kick/..',
    '//',
    '/v1/history?limit=1&log=',
  ];
  const statuses = new Set<number>();
  for (let n = 0; n < 300; n++) {
    const body = Array.from({ length: random(12) }, () => pick(odd)).join('');
    const url =
      pick(urls) +
      (random(3) === 0 ? `?${encodeURIComponent(pick(odd))}=${encodeURIComponent(pick(odd))}` : '');
    statuses.add((await ask(path, pick(['GET', 'POST', 'PUT', 'PATCH']), url, body)).status);
  }
  for (let n = 0; n < 100; n++) {
    const socket = connect(path);
    await once(socket, 'connect');
    socket.on('error', () => {});
    socket.end(Buffer.from(Array.from({ length: 1 + random(200) }, () => random(256))));
    socket.resume();
    await once(socket, 'close');
  }
  t.notOk(
    [...statuses].some((status) => status >= 500),
    `no mistake of ours: ${[...statuses].join(' ')}`,
  );
  t.same(faults, []);
  t.equal(hub.directory.size, 1, 'LO is still here');
  t.equal((await ask(path, 'GET', '/v1/users')).status, 200);
});

await t.test('a mistake of ours is told as one, logged, and stops nothing', async (t) => {
  const broken = new Error('a bug');
  const { path, faults } = await startRig(t, {
    daemon: {
      status: () => Promise.reject(broken),
      reload: async () => ({
        outcome: 'refused',
        problems: ['chatroom.toml:3:7: max-rooms must be a number', 'and more'],
      }),
    },
  });
  const { status, text } = await ask(path, 'GET', '/v1/status');
  t.equal(status, 500);
  t.match(JSON.parse(text), { error: { code: 'internal', text: /journalctl/ } });
  t.notMatch(text, /a bug/);
  t.same(faults, [broken]);
  const reload = await ask(path, 'POST', '/v1/reload');
  t.equal(reload.status, 422);
  t.match(JSON.parse(reload.text), {
    error: { code: 'bad-config', text: /old ones stay in force:\nchatroom.toml:3:7: .*\nand more/ },
  });
});

await t.test('what a request may cost is bounded', async (t) => {
  const { path, faults } = await startRig(t);
  const tooLong = await ask(path, 'POST', '/v1/notices', 'x'.repeat(CONTROL_LIMITS.bodyBytes + 1));
  t.equal(tooLong.status, 413);
  t.match(JSON.parse(tooLong.text), { error: { code: 'too-long', text: /send less/ } });
  const chunked = await ask(path, 'POST', '/v1/notices', 'x'.repeat(CONTROL_LIMITS.bodyBytes + 1), {
    'transfer-encoding': 'chunked',
  });
  t.equal(chunked.status, 413);
  const small = await ask(path, 'POST', '/v1/kick', '{"target":"QW"}', { 'transfer-encoding': 'chunked' });
  t.equal(small.text, '{"matched":0}', 'a body whose length is not told is fine');
  t.equal(
    (await ask(path, 'GET', '/v1/users', '', { 'x-long': 'x'.repeat(CONTROL_LIMITS.headBytes) })).status,
    431,
  );

  // Three who never finish their request: without a byte, within the head, within the body.
  const started = Date.now();
  const slow = [
    '',
    'GET /v1/users HT',
    'POST /v1/kick HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{"t',
  ].map((begun) => {
    const socket = connect(path);
    socket.on('error', () => {});
    socket.write(begun);
    socket.resume();
    return once(socket, 'close');
  });

  // Meanwhile: as many connections as there may be, and one more.
  const idle: Socket[] = [];
  while (idle.length < CONTROL_LIMITS.connections - slow.length) {
    const socket = connect(path);
    socket.on('error', () => {});
    socket.resume();
    await once(socket, 'connect');
    idle.push(socket);
  }
  await t.rejects(ask(path, 'GET', '/v1/users'), 'one more is closed without an answer');
  for (const socket of idle) socket.destroy();
  await t.resolves(
    until(async () => (await ask(path, 'GET', '/v1/users')).status === 200),
    'when they are gone there is room again',
  );

  await Promise.all(slow);
  t.ok(Date.now() - started >= CONTROL_LIMITS.requestWaitMs, 'they had the time they may take');
  t.same(faults, []);
});
