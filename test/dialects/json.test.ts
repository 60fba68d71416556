// The native dialect read: bytes in, requests out, wherever the network cut them.

import t from 'tap';
import { LIMITS } from '../../src/core/limits.ts';
import type { Request } from '../../src/dialects/dialect.ts';
import { JsonDialect } from '../../src/dialects/json.ts';
import { requestFor } from '../../src/dialects/wire.ts';
import { Clock, cuts, decodeAll, inWords } from './speech.ts';

const clock = new Clock();
const fresh = (): JsonDialect => new JsonDialect(clock.setup());

function read(line: string): Request {
  const [request, ...more] = fresh().decode(Buffer.from(`${line}\n`));
  if (request === undefined || more.length > 0) throw new Error(`not one request: ${line}`);
  return request;
}

await t.test('a conversation, cut at every place', (t) => {
  const lines = [
    '{"type":"hello","nick":"Ľubo","client":"test"}\r\n',
    '{"type":"say","text":"žluťoučký 漢字 👩‍👧","id":"1"}\n\n',
    '{"type":"tell","to":"ER","text":"a\\nb"}\r\n',
    'not json\n',
    '{"type":"nope"}\n',
    '{"type":"pong"}\n{"type":"ack","log":"@me","seq":3}\n',
    '{"type":"say","text":"never ended"',
  ];
  const bytes = Buffer.from(lines.join(''));
  const whole = fresh().decode(bytes).map(inWords);
  t.strictSame(whole, [
    'hello "Ľubo" test refuse',
    '{"type":"say","room":"#lobby","text":"žluťoučký 漢字 👩‍👧","action":false}',
    '{"type":"tell","to":"ER","text":"a\\nb"}',
    'bad bad-json',
    'bad unknown-type',
    'alive',
    '{"type":"ack","log":"@me","seq":3}',
  ]);
  for (const chunks of cuts(bytes)) {
    const words = decodeAll(fresh(), chunks).map(inWords);
    if (words.join() !== whole.join()) t.strictSame(words, whole, `cut at ${chunks[0]?.length}`);
  }
  t.end();
});

await t.test('every request with all its fields, and with none it can do without', (t) => {
  for (const [line, command] of [
    ['{"type":"say","text":"@ER hi"}', { type: 'say', room: '#lobby', text: '@ER hi', action: false }],
    [
      '{"type":"say","room":"#a","text":"x","action":true}',
      { type: 'say', room: '#a', text: 'x', action: true },
    ],
    ['{"type":"say","room":null,"text":""}', { type: 'say', room: '#lobby', text: '', action: false }],
    ['{"type":"tell","to":"ER","text":"/who"}', { type: 'tell', to: 'ER', text: '/who' }],
    ['{"type":"join","room":"#a"}', { type: 'join', room: '#a' }],
    ['{"type":"part","room":"#a"}', { type: 'part', room: '#a' }],
    ['{"type":"nick","nick":"N"}', { type: 'nick', nick: 'N' }],
    ['{"type":"who"}', { type: 'who', room: null }],
    ['{"type":"who","room":"#a"}', { type: 'who', room: '#a' }],
    ['{"type":"rooms"}', { type: 'rooms' }],
    ['{"type":"history"}', { type: 'history', log: '#lobby', before: null, after: null, limit: 50 }],
    [
      '{"type":"history","room":"#a","before":5,"limit":2}',
      { type: 'history', log: '#a', before: 5, after: null, limit: 2 },
    ],
    [
      '{"type":"history","inbox":true,"after":0}',
      { type: 'history', log: '@me', before: null, after: 0, limit: 50 },
    ],
    ['{"type":"topic"}', { type: 'topic', room: '#lobby', text: null }],
    ['{"type":"topic","room":"#a","text":""}', { type: 'topic', room: '#a', text: '' }],
    ['{"type":"ack","log":"#a","seq":9}', { type: 'ack', log: '#a', seq: 9 }],
    ['{"type":"report","log":"@me","seq":9}', { type: 'report', log: '@me', seq: 9, text: '' }],
    ['{"type":"ping"}', { type: 'ping' }],
    ['{"type":"help","more":[{}]}', { type: 'help' }],
    ['{"type":"kick","to":"ER"}', { type: 'kick', target: 'ER', reason: '' }],
    ['{"type":"kick","to":"ER","text":"spam"}', { type: 'kick', target: 'ER', reason: 'spam' }],
    ['{"type":"notice","text":"x"}', { type: 'notice', to: { scope: 'all' }, text: 'x' }],
    [
      '{"type":"notice","room":"#a","text":"x"}',
      { type: 'notice', to: { scope: 'room', room: '#a' }, text: 'x' },
    ],
    [
      '{"type":"notice","to":"ER","text":"x"}',
      { type: 'notice', to: { scope: 'user', name: 'ER' }, text: 'x' },
    ],
    ['{"type":"passwd","password":"a b"}', { type: 'passwd', old: null, password: 'a b' }],
    ['{"type":"passwd","old":"c","password":"a"}', { type: 'passwd', old: 'c', password: 'a' }],
    ['{"type":"quit"}', { type: 'quit', text: '' }],
  ] as const) {
    t.strictSame(read(line), { kind: 'command', command, id: null }, line);
    const sent = requestFor(command);
    t.strictSame(read(JSON.stringify(sent)), { kind: 'command', command, id: null }, 'as a client sends it');
  }
  t.end();
});

await t.test('hello', (t) => {
  t.strictSame(read('{"type":"hello","nick":"LO","id":"h"}'), {
    kind: 'hello',
    hello: { nick: 'LO', client: '', onTaken: 'refuse', resume: null, auth: null },
    id: 'h',
  });
  const resumed = read(
    '{"type":"hello","nick":"LO","client":"a\\u0007 b","resume":{"token":"T","after":{"#lobby":4,"@me":0}}}',
  );
  t.equal(resumed.kind === 'hello' && resumed.hello.client, 'a b');
  t.strictSame(resumed.kind === 'hello' && resumed.hello.resume, {
    token: 'T',
    after: new Map([
      ['#lobby', 4],
      ['@me', 0],
    ]),
  });
  const odd = read(
    '{"type":"hello","nick":"LO","resume":{"token":"T","after":{"__proto__":1,"constructor":2}}}',
  );
  t.equal(odd.kind === 'hello' && odd.hello.resume?.after.get('__proto__'), 1, 'a name like any');
  const long = read(JSON.stringify({ type: 'hello', nick: 'LO', client: '👩'.repeat(200) }));
  t.equal(
    long.kind === 'hello' && long.hello.client,
    '👩'.repeat(LIMITS.clientNameChars),
    'cut between characters',
  );
  const many = Object.fromEntries(Array.from({ length: LIMITS.roomsPerSession + 2 }, (_, i) => [`#${i}`, 1]));
  for (const resume of [
    'T',
    5,
    [],
    { after: {} },
    { token: 5 },
    { token: 'x'.repeat(65) },
    { token: 'T', after: 5 },
    { token: 'T', after: null },
    { token: 'T', after: { a: -1 } },
    { token: 'T', after: { a: '1' } },
    { token: 'T', after: many },
  ])
    t.match(read(JSON.stringify({ type: 'hello', nick: 'LO', resume })), {
      kind: 'bad',
      error: { code: 'bad-request', message: 'take both from the last session' },
    });
  t.end();
});

await t.test('what cannot be understood is said so, with its id, and the next line is', (t) => {
  for (const [line, code, id] of [
    ['{', 'bad-json', null],
    ['{"type":"say"', 'bad-json', null],
    ['[]', 'bad-json', null],
    ['null', 'bad-json', null],
    ['"say"', 'bad-json', null],
    ['{"type":"say","text":"a\u0007"}', 'bad-json', null],
    [' ', 'bad-json', null],
    ['{}', 'unknown-type', null],
    ['{"id":"7"}', 'unknown-type', '7'],
    ['{"type":5,"id":"7"}', 'unknown-type', '7'],
    ['{"type":"constructor"}', 'unknown-type', null],
    ['{"type":"__proto__"}', 'unknown-type', null],
    ['{"__proto__":{"type":"say","text":"x"}}', 'unknown-type', null],
    ['{"type":"\\u001b[31mx"}', 'unknown-type', null],
    ['{"type":"say","id":"7"}', 'bad-request', '7'],
    ['{"type":"say","text":5}', 'bad-request', null],
    ['{"type":"say","text":null}', 'bad-request', null],
    ['{"type":"say","text":["x"]}', 'bad-request', null],
    ['{"type":"say","text":"x","room":5}', 'bad-request', null],
    ['{"type":"say","__proto__":{"text":"x"}}', 'bad-request', null],
    ['{"type":"tell","text":"x"}', 'bad-request', null],
    ['{"type":"ack","log":"@me"}', 'bad-request', null],
    ['{"type":"ack","log":"@me","seq":-1}', 'bad-request', null],
    ['{"type":"ack","log":"@me","seq":1.5}', 'bad-request', null],
    ['{"type":"ack","log":"@me","seq":1e400}', 'bad-request', null],
    ['{"type":"ack","log":"@me","seq":"1"}', 'bad-request', null],
    ['{"type":"history","limit":true}', 'bad-request', null],
    ['{"type":"ping","id":5}', 'bad-request', null],
    [`{"type":"ping","id":"${'x'.repeat(65)}"}`, 'bad-request', null],
    [`{"type":"say","text":${'['.repeat(30_000)}`, 'bad-json', null],
    [`{"type":"say","text":${'['.repeat(30_000)}${']'.repeat(30_000)}}`, 'bad-request', null],
    [`{"type":${'{"type":'.repeat(5_000)}1${'}'.repeat(5_000)}}`, 'unknown-type', null],
  ] as const) {
    const [bad, next] = fresh().decode(Buffer.from(`${line}\n{"type":"ping","id":"n"}\n`));
    t.match(bad, { kind: 'bad', error: { code }, id, fatal: false }, line.slice(0, 60));
    t.match(next, { kind: 'command', command: { type: 'ping' }, id: 'n' }, 'the next line');
    if (bad?.kind === 'bad') t.ok(bad.error.message.length < 120 && !/[\p{Cc}]/u.test(bad.error.message));
  }
  t.match(read('{"type":"ping","id":""}'), { id: '' }, 'an id may be any short string');
  t.match(
    read('{"type":"say","text":"a\\ud800"}'),
    { kind: 'command' },
    'a lone surrogate is a matter of the text',
  );
  t.end();
});

await t.test('bytes that are no text, and lines that do not end', (t) => {
  const invalid = Buffer.concat([
    Buffer.from('{"type":"say","text":"'),
    Buffer.of(0xff, 0xc3, 0xe6, 0xbc),
    Buffer.from('"}\n'),
  ]);
  for (const chunks of cuts(invalid))
    t.match(
      decodeAll(fresh(), chunks),
      [{ command: { text: '\ufffd\ufffd\ufffd' } }],
      'the same at every cut',
    );
  const frame = '{"type":"say","text":""}';
  const exact = `{"type":"say","text":"${'x'.repeat(LIMITS.lineBytes - frame.length)}"}`;
  for (const size of [1, 7, 4096, 65_535, 65_536, 65_537, 200_000]) {
    const dialect = fresh();
    const bytes = Buffer.from(`${exact}\n${exact}x\n${'x'.repeat(300_000)}\n{"type":"ping"}\n`);
    const words: string[] = [];
    for (let at = 0; at < bytes.length; at += size)
      for (const request of dialect.decode(bytes.subarray(at, at + size)))
        words.push(request.kind === 'command' ? request.command.type : inWords(request));
    t.strictSame(words, ['say', 'bad too-long', 'bad too-long', 'ping'], `in pieces of ${size}`);
  }
  t.end();
});
