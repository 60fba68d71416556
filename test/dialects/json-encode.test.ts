// The native dialect written: entries and replies in, exact bytes out.

import t from 'tap';
import type { Reply, UserInfo } from '../../src/core/reply.ts';
import { JsonDialect } from '../../src/dialects/json.ts';
import { batch, Clock, entry, KINDS } from './speech.ts';

const clock = new Clock();
const fresh = (): JsonDialect => new JsonDialect(clock.setup());

await t.test('entries, in exact bytes', (t) => {
  const dialect = fresh();
  const bytes = (i: number): string => dialect.encode(batch(KINDS[i] ?? entry('join'))).toString();
  const head = '"log":"#lobby","seq":7,"at":1700000000000';
  for (const [i, line] of [
    `{"type":"message",${head},"from":"LO","text":"hello"}`,
    `{"type":"action",${head},"from":"LO","text":"waves"}`,
    `{"type":"join",${head},"from":"LO","text":""}`,
    `{"type":"leave",${head},"from":"LO","text":"bye"}`,
    `{"type":"rename",${head},"from":"LO","to":"LORY","text":""}`,
    `{"type":"topic",${head},"from":"LO","text":"cats"}`,
    `{"type":"notice",${head},"from":"server","text":"soon"}`,
    `{"type":"kick",${head},"from":"server","to":"LO","text":"spam"}`,
    `{"type":"private","log":"@me","seq":7,"at":1700000000000,"from":"LO","to":"ER","text":"psst"}`,
  ].entries())
    t.equal(bytes(i), `${line}\n`);
  const several = batch(
    entry('message', { text: 'a\n{"type":"bye"}' }),
    entry('message', { seq: 8, text: '漢"\\' }),
  );
  const lines = dialect.encode(several).toString().split('\n');
  t.equal(lines.length, 3, 'a text of several lines is one line here');
  t.match(JSON.parse(lines[1] ?? ''), { seq: 8, text: '漢"\\' });
  t.equal(dialect.encode(several), fresh().encode(several), 'a batch is encoded once for all its readers');
  t.end();
});

await t.test('the end of a batch is the end of its bytes, shared and not made again', (t) => {
  const texts = ['one', 'zwei mit ü', 'three'];
  const whole = batch(...texts.map((text, i) => ({ ...entry('message', { text }), seq: 7 + i })));
  const bytes = fresh().encode(whole);
  const lines = bytes.toString().split(/(?<=\n)/);
  for (const [i, seq] of [6, 7, 8].entries()) {
    const end = fresh().encode(whole.after(seq));
    t.equal(end.toString(), lines.slice(i).join(''));
    t.equal(end.buffer, bytes.buffer);
    t.equal(end.byteOffset + end.length, bytes.byteOffset + bytes.length);
  }
  t.equal(fresh().encode(whole.after(7).after(8)).toString(), lines[2], 'the end of an end too');
  t.end();
});

await t.test('replies, in exact bytes', (t) => {
  const user: UserInfo = {
    nick: 'LO',
    session: '+1',
    address: '192.0.2.1',
    dialect: 'json',
    channel: 'tls',
    client: 'c',
    rooms: ['#lobby'],
    since: 1,
    activeAt: 2,
    state: 'here',
    lag: 3,
    account: '',
  };
  const limits =
    '{"text_chars":4096,"nick_chars":32,"line_bytes":65536,"resume_grace_ms":120000,"idle_ping_ms":60000}';
  const welcome: Extract<Reply, { type: 'welcome' }> = {
    type: 'welcome',
    nick: 'LO',
    session: '+1',
    token: 'T',
    resumed: true,
    recovered: true,
    losses: [],
    logs: [{ log: '@me', epoch: 'e', seq: 0 }],
    account: '',
    role: 'user',
  };
  const welcomed = (recovered: string): string =>
    `{"type":"welcome","nick":"LO","session":"+1","token":"T","resumed":true,${recovered},` +
    `"logs":[{"log":"@me","epoch":"e","seq":0}],"role":"user","limits":${limits},"hub":"testhub","version":"9.9.9"}`;
  const replies: [Reply, string][] = [
    [welcome, welcomed('"recovered":true')],
    [
      {
        ...welcome,
        recovered: false,
        losses: [
          { log: '#lobby', why: 'retention', missed: 7 },
          { log: '#dev', why: 'epoch', missed: 0 },
        ],
      },
      welcomed(
        '"recovered":false,"losses":[{"log":"#lobby","why":"retention","missed":7},' +
          '{"log":"#dev","why":"epoch","missed":0}],"missed":7',
      ),
    ],
    [{ type: 'ok', log: '#lobby', seq: 3, at: 4 }, '{"type":"ok","log":"#lobby","seq":3,"at":4}'],
    [
      { type: 'ok', log: '@me', seq: 3, at: 4, delivery: 'stored' },
      '{"type":"ok","log":"@me","seq":3,"at":4,"delivery":"stored"}',
    ],
    [{ type: 'ok' }, '{"type":"ok"}'],
    [
      { type: 'who', room: '#lobby', users: [user], more: false },
      '{"type":"who","room":"#lobby","users":[{"nick":"LO","session":"+1","dialect":"json","channel":"tls","client":"c",' +
        '"rooms":["#lobby"],"since":1,"active_at":2,"state":"here"}],"more":false}',
    ],
    [{ type: 'who', room: null, users: [], more: true }, '{"type":"who","users":[],"more":true}'],
    [
      { type: 'rooms', rooms: [{ room: '#lobby', members: 2, topic: 't', seq: 3 }], more: false },
      '{"type":"rooms","rooms":[{"room":"#lobby","members":2,"topic":"t","seq":3}],"more":false}',
    ],
    [
      {
        type: 'history',
        log: '@me',
        entries: [entry('private', { log: '@abc', to: 'ER', text: 'x' })],
        more: true,
      },
      '{"type":"history","log":"@me","entries":[{"type":"private","log":"@me","seq":7,"at":1700000000000,' +
        '"from":"LO","to":"ER","text":"x"}],"more":true}',
    ],
    [
      { type: 'search', log: '#lobby', entries: [entry('message', { text: 'x' })], more: false },
      '{"type":"search","log":"#lobby","entries":[{"type":"message","log":"#lobby","seq":7,"at":1700000000000,' +
        '"from":"LO","text":"x"}],"more":false}',
    ],
    [{ type: 'topic', room: '#lobby', text: 't' }, '{"type":"topic-is","room":"#lobby","text":"t"}'],
    [
      { type: 'help', rows: [{ usage: '/who', help: 'h' }] },
      '{"type":"help","rows":[{"usage":"/who","help":"h"}]}',
    ],
    [{ type: 'info', text: 't' }, '{"type":"info","text":"t"}'],
    [{ type: 'error', code: 'busy', text: 't' }, '{"type":"error","code":"busy","text":"t"}'],
    [
      { type: 'error', code: 'rate-limited', text: 't', retryAfterMs: 5 },
      '{"type":"error","code":"rate-limited","text":"t","retry_after_ms":5}',
    ],
    [
      { type: 'bye', code: 'quit', text: 't', reconnect: false },
      '{"type":"bye","code":"quit","text":"t","reconnect":false}',
    ],
    [{ type: 'ping' }, '{"type":"ping"}'],
    [{ type: 'pong' }, '{"type":"pong"}'],
  ];
  for (const [reply, line] of replies) {
    t.equal(fresh().encodeReply(reply, null)?.toString(), `${line}\n`, reply.type);
    const answered = `${line.slice(0, -1)},"id":"\\"i"}\n`;
    t.equal(fresh().encodeReply(reply, '"i')?.toString(), answered, `${reply.type} carries the id back`);
  }
  t.equal(fresh().encodeReply({ type: 'arrived' }, null), null, 'its join entry has told it');
  t.equal(fresh().encodeReply({ type: 'kicked', matched: 1 }, null)?.toString(), '{"type":"ok"}\n');
  t.match(fresh().encodeReply({ type: 'kicked', matched: 0 }, null)?.toString(), /"no-such-user"/);
  t.notOk(
    JSON.stringify(replies.map(([, line]) => line)).includes('192.0.2.1'),
    'nobody learns another’s address',
  );
  t.end();
});
