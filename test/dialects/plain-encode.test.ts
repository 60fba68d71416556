// The plain dialect written: what people and the original client are sent, to the byte.

import * as fc from 'fast-check';
import t from 'tap';
import { messageText } from '../../src/core/text.ts';
import { LIMITS } from '../../src/core/limits.ts';
import type { Reply, UserInfo } from '../../src/core/reply.ts';
import { PlainDialect } from '../../src/dialects/plain.ts';
import { batch, Clock, entry, KINDS } from './speech.ts';

const PHRASES = [
  'LO: hello',
  '* LO waves',
  'LO joined!',
  'LO left!',
  'LO is now LORY',
  'LO set the topic: cats',
  'server: soon',
  'LO was kicked (spam)',
  'LO: @ER psst',
];

function speaker(mode: 'line' | 'raw'): { clock: Clock; dialect: PlainDialect } {
  const clock = new Clock();
  const dialect = new PlainDialect(clock.setup());
  dialect.decode(Buffer.from(mode === 'line' ? 'X\n' : 'X'));
  dialect.quiet();
  return { clock, dialect };
}

await t.test('entries, in exact bytes', (t) => {
  for (const [i, kind] of KINDS.entries()) {
    t.equal(speaker('line').dialect.encode(batch(kind)).toString(), `${PHRASES[i]}\n`);
    t.equal(
      speaker('raw').dialect.encode(batch(kind)).toString(),
      PHRASES[i],
      'as the original server sent it',
    );
  }
  const { dialect } = speaker('line');
  for (const [text, more, phrase] of [
    ['', { kind: 'kick', from: 'server', to: 'LO' }, 'LO was kicked\n'],
    ['', { kind: 'topic' }, 'LO removed the topic\n'],
    ['hi', { log: '#dev' }, '[#dev] LO: hi\n'],
    ['漢字', {}, 'LO: 漢字\n'],
  ] as const)
    t.equal(dialect.encode(batch(entry('message', { text, ...more }))).toString(), phrase);
  const shared = batch(...KINDS);
  t.equal(dialect.encode(shared), speaker('line').dialect.encode(shared), 'encoded once for all its readers');
  t.equal(speaker('raw').dialect.encode(shared), speaker('raw').dialect.encode(shared));
  t.end();
});

await t.test('raw-mode: a newline only between messages that may meet in one read', (t) => {
  const { clock, dialect } = speaker('raw');
  const [one, two] = [batch(entry('message', { text: '1' })), batch(entry('message', { seq: 8, text: '2' }))];
  t.equal(dialect.encode(one).toString(), 'LO: 1');
  t.equal(dialect.encode(two).toString(), '\nLO: 2', 'at once');
  clock.now += LIMITS.plainJoinLinesMs - 1;
  t.equal(dialect.encode(one).toString(), '\nLO: 1', 'just within the time');
  clock.now += LIMITS.plainJoinLinesMs;
  t.equal(dialect.encode(two).toString(), 'LO: 2', 'just after it');
  t.equal(dialect.encodeReply({ type: 'pong' }, null)?.toString(), '\npong', 'an answer counts as well');
  clock.now += LIMITS.plainJoinLinesMs;
  t.equal(dialect.encode(batch(...one.entries, ...two.entries)).toString(), 'LO: 1\nLO: 2', 'of one write');
  clock.now -= 3_600_000;
  t.equal(dialect.encode(one).toString(), 'LO: 1', 'a clock that stepped back holds no newline up');
  clock.now += LIMITS.plainJoinLinesMs;
  t.equal(dialect.encodeReply({ type: 'ok' }, null), null);
  t.equal(dialect.encode(two).toString(), 'LO: 2', 'what has no words says nothing');
  t.end();
});

const anyText = fc.string({
  unit: fc.oneof(fc.constantFrom('\n', 'X: ', ' '), fc.string({ unit: 'binary' })),
});

await t.test('no text can pass for another’s line, and the original client gets nothing it dies of', (t) => {
  fc.assert(
    fc.property(anyText, (raw) => {
      let text: string;
      try {
        text = messageText(raw);
      } catch {
        return;
      }
      const said = batch(entry('message', { text }));
      const lines = speaker('line').dialect.encode(said).toString();
      t.equal(lines.at(-1), '\n');
      const [first, ...rest] = lines.slice(0, -1).split('\n');
      t.ok(first?.startsWith('LO: '));
      for (const line of rest)
        if (!line.startsWith('  ')) t.fail(`a line of its own: ${JSON.stringify(line)}`);

      const bytes = speaker('raw').dialect.encode(said);
      t.notOk(
        bytes.some((byte) => byte > 0x7e || (byte < 0x20 && byte !== 0x0a)),
        'ASCII',
      );
      const [rawFirst, ...rawRest] = bytes.toString().split('\n');
      t.ok(rawFirst?.startsWith('LO: '));
      for (const line of rawRest)
        if (!line.startsWith('  ')) t.fail(`a line of its own: ${JSON.stringify(line)}`);
    }),
  );
  const { dialect } = speaker('raw');
  const foreign = batch(entry('message', { from: 'Ľubo', text: 'žluťoučký 漢字 ☺ 😀' }));
  const unsafe = batch(entry('message', { text: 'a\u0007\u001b\u0085\nb' }));
  t.equal(speaker('raw').dialect.encode(unsafe).toString(), 'LO: a??\n  b', 'whatever an entry holds');
  t.match(dialect.encode(foreign).toString(), /^Lubo: zlutoucky \w+ .+/, 'other scripts are transliterated');
  t.end();
});

await t.test('replies, as people read them', (t) => {
  const { clock, dialect } = speaker('line');
  const user: UserInfo = {
    nick: 'LO',
    account: 'LO',
    session: '+1',
    address: '192.0.2.1',
    dialect: 'json',
    channel: 'tls',
    client: 'c',
    rooms: ['#lobby', '#dev'],
    since: 1,
    activeAt: clock.now - 59_000,
    state: 'here',
    lag: 0,
  };
  const idle = (ms: number): UserInfo => ({ ...user, account: '', activeAt: clock.now - ms });
  const replies: [Reply, string | undefined][] = [
    [{ type: 'arrived' }, 'Connected to server!\n'],
    [
      {
        type: 'who',
        room: null,
        users: [user, idle(61_000), idle(7_200_000), idle(-5), { ...idle(0), state: 'away' }],
        more: false,
      },
      '  LO (idle 59s, signed in) #lobby #dev\n  LO (idle 1m) #lobby #dev\n  LO (idle 2h) #lobby #dev\n' +
        '  LO (idle 0s) #lobby #dev\n  LO (away) #lobby #dev\n',
    ],
    [
      {
        type: 'rooms',
        rooms: [
          { room: '#lobby', members: 2, topic: 'cats', seq: 3 },
          { room: '#dev', members: 1, topic: '', seq: 3 },
        ],
        more: false,
      },
      '  #lobby (2) cats\n  #dev (1)\n',
    ],
    [
      { type: 'history', log: '#dev', entries: [entry('message', { log: '#dev', text: 'hi' })], more: false },
      '  22:13Z LO: hi\n',
    ],
    [{ type: 'history', log: '#dev', entries: [], more: false }, '  nothing was said yet\n'],
    [{ type: 'topic', room: '#dev', text: 'cats' }, 'the topic of #dev: cats\n'],
    [{ type: 'topic', room: '#dev', text: '' }, '#dev has no topic\n'],
    [
      { type: 'help', rows: [{ usage: '/who [#room]', help: 'Who is here' }] },
      '  /who [#room]                 Who is here\n',
    ],
    [{ type: 'info', text: 'you are called LO-2 here' }, '* you are called LO-2 here\n'],
    [{ type: 'error', code: 'busy', text: 'try again' }, '! try again\n'],
    [
      { type: 'bye', code: 'shutdown', text: 'the hub is stopping', reconnect: true },
      '! the hub is stopping\n',
    ],
    [{ type: 'pong' }, 'pong\n'],
    [{ type: 'ok', log: '#lobby', seq: 1 }, undefined],
    [{ type: 'ping' }, undefined],
    [{ type: 'kicked', matched: 1 }, undefined],
  ];
  for (const [reply, lines] of replies)
    t.equal(dialect.encodeReply(reply, null)?.toString(), lines, reply.type);
  for (const [reply, lines] of replies) {
    const bytes = speaker('raw').dialect.encodeReply(reply, null)?.toString();
    t.equal(bytes, lines?.slice(0, -1), `${reply.type} for the original client`);
  }
  t.notOk(
    replies.some(([, lines]) => lines?.includes('192.0.2.1')),
    'nobody learns another’s address',
  );
  t.end();
});
