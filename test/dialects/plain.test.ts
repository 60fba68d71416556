// The plain dialect read: people with nc, who end lines, and the original client, which does not; cut at every place.

import t from 'tap';
import { LIMITS } from '../../src/core/limits.ts';
import type { Reply } from '../../src/core/reply.ts';
import { PlainDialect } from '../../src/dialects/plain.ts';
import { Clock, cuts, decodeAll, inWords } from './speech.ts';

const clock = new Clock();
const fresh = (): PlainDialect => new PlainDialect(clock.setup(['er', 'er.']));

function line(nick = 'LO'): PlainDialect {
  const dialect = fresh();
  dialect.decode(Buffer.from(`${nick}\n`));
  dialect.proceed('in');
  return dialect;
}

function raw(nick = 'LO'): PlainDialect {
  const dialect = fresh();
  dialect.decode(Buffer.from(nick));
  dialect.quiet();
  return dialect;
}

/** What the chunks ask for: a text for the room in [#room], a private one by its name, else the command or the error. */
function said(dialect: PlainDialect, ...chunks: (string | Buffer)[]): string[] {
  return decodeAll(dialect, chunks).map((request) => {
    if (request.kind !== 'command') return inWords(request);
    const { command } = request;
    if (command.type === 'say') return `[${command.room}] ${command.action ? '* ' : ''}${command.text}`;
    return command.type === 'tell' ? `@${command.to} ${command.text}` : command.type;
  });
}

await t.test('the greeting', (t) => {
  t.equal(fresh().greeting.toString(), 'NICKNAME', 'eight bytes and no more');
  t.equal(fresh().resumable, false);
  t.end();
});

await t.test('line-mode, cut at every place', (t) => {
  const bytes = Buffer.from(
    'Ľubo\r\nhello 漢字\r\n\n  \n@er psst\nĽubo: as the original does\n/me waves\n/nope\n@nobody x\nrest',
  );
  const whole = [
    'hello "Ľubo"  ask',
    '[#lobby] hello 漢字',
    '@er psst',
    '[#lobby] as the original does',
    '[#lobby] * waves',
    'bad bad-request',
    '@nobody x',
  ];
  t.strictSame(said(fresh(), bytes), whole);
  for (const chunks of cuts(bytes)) {
    const words = said(fresh(), ...chunks);
    if (words.join('\n') !== whole.join('\n')) t.strictSame(words, whole, `cut at ${chunks[0]?.length}`);
  }
  t.end();
});

await t.test('a nickname without a newline is settled by silence, cut at every place', (t) => {
  const bytes = Buffer.from('Ľubomír');
  for (const chunks of [[bytes], ...cuts(bytes)]) {
    const dialect = fresh();
    t.equal(dialect.quietMs, 0, 'a person may think as long as it likes');
    t.strictSame(said(dialect, ...chunks), []);
    t.equal(dialect.quietMs, LIMITS.plainNickSettleMs, 'then a newline may follow, or not');
    t.strictSame(dialect.quiet().map(inWords), ['hello "Ľubomír"  vary']);
    t.equal(dialect.quietMs, 0);
    t.strictSame(dialect.quiet(), [], 'silence says nothing twice');
    t.strictSame(
      said(dialect, 'one', 'two\n'),
      ['[#lobby] one', '[#lobby] two'],
      'now each segment is a message',
    );
  }
  t.strictSame(
    said(fresh(), 'LO', '\n', 'x\n'),
    ['hello "LO"  ask', '[#lobby] x'],
    'a newline in time is line-mode',
  );
  t.end();
});

await t.test(
  'a client typed at by a program says its first text before its nickname is settled, or even first',
  (t) => {
    const words = ['hello "ER"  vary', '[#lobby] hi'];
    t.strictSame(said(fresh(), 'ER', 'ER: hi'), words);
    t.strictSame(said(fresh(), 'ER: hi', 'ER'), words);
    t.strictSame(said(raw('ER'), 'ER'), [], 'an echo of NICKNAME is no message');
    t.strictSame(said(raw('ER'), 'ER: ER'), ['[#lobby] ER'], 'one’s own name, said, is one');
    t.strictSame(said(line('ER'), 'ER\n'), ['[#lobby] ER'], 'and so it is in line-mode');
    t.end();
  },
);

await t.test('a nickname that is none', (t) => {
  for (const first of ['\n', '\r\n', ' \n', `${'x'.repeat(LIMITS.lineBytes + 1)}\n`])
    t.strictSame(said(fresh(), first, 'x\n'), ['hello ""  ask', '[#lobby] x'], 'is left to the hub to mend');
  t.strictSame(said(fresh(), 'a b!\n'), ['hello "a b!"  ask']);
  const endless = fresh();
  const requests = decodeAll(
    endless,
    Array.from({ length: 20 }, () => 'x'.repeat(4096)),
  );
  t.equal(requests.filter(({ kind }) => kind === 'hello').length, 1, 'one that never ends is cut off');
  t.end();
});

await t.test('exactly the prefix that the original client adds is taken off', (t) => {
  for (const [words, text] of [
    ['LO: hello', '[#lobby] hello'],
    ['LO: LO: hello', '[#lobby] LO: hello'],
    ['LO:hello', '[#lobby] LO:hello'],
    ['lo: hello', '[#lobby] lo: hello'],
    ['LORY: hello', '[#lobby] LORY: hello'],
    ['ER: hello', '[#lobby] ER: hello'],
    ['LO: @er psst', '@er psst'],
    ['LO:  @er psst', '@er psst'],
    ['LO: \\@er psst', '[#lobby] @er psst'],
    ['LO: /me waves', '[#lobby] * waves'],
    ['ER: @er psst', '[#lobby] ER: @er psst'],
  ] as const) {
    t.strictSame(said(line(), `${words}\n`), [text], words);
    t.strictSame(said(raw(), words), [text], words);
  }
  for (const words of ['LO: ', 'LO:  \n', ' ', '\r\n'])
    t.strictSame(said(raw(), words), [], 'nothing is no message');
  t.strictSame(
    said(line('Lo Ry'), 'Lo Ry: hello\n'),
    ['[#lobby] hello'],
    'though the hub calls it otherwise',
  );
  t.strictSame(said(raw(), 'a\r\nb\r\n'), ['[#lobby] a\r\nb'], 'a segment of several lines is one message');
  t.end();
});

await t.test('bytes that are no text, and lines that do not end', (t) => {
  const bytes = Buffer.concat([Buffer.from('a'), Buffer.of(0xff, 0xc3, 0xe6, 0xbc), Buffer.from('b\n')]);
  for (const chunks of cuts(bytes)) t.strictSame(said(line(), ...chunks), ['[#lobby] a\ufffd\ufffd\ufffdb']);
  const dialect = line();
  const long = 'x'.repeat(LIMITS.lineBytes);
  t.equal(said(dialect, `${long}\n`)[0]?.length, LIMITS.lineBytes + 9, 'the longest line');
  t.strictSame(said(dialect, `${long}x\nnext\n`), ['bad too-long', '[#lobby] next']);
  t.strictSame(said(dialect, long, long, 'x\nnext\n'), ['bad too-long', '[#lobby] next']);
  t.end();
});

await t.test('who enters a room talks there, as long as it is in it', (t) => {
  const dialect = line();
  const refuse = (id: string | null): void => {
    const reply: Reply = { type: 'error', code: 'bad-room', text: 'no' };
    dialect.encodeReply(reply, id);
  };
  const enter = (room: string): string | null => {
    const [request] = dialect.decode(Buffer.from(`/join ${room}\n`));
    return request?.kind === 'command' ? request.id : null;
  };
  const talksIn = (): string => said(dialect, 'x\n')[0] ?? '';
  t.equal(talksIn(), '[#lobby] x');
  enter('Dev');
  t.equal(talksIn(), '[#dev] x', 'at once');
  refuse(enter('bad!'));
  t.equal(talksIn(), '[#dev] x', 'a room it could not enter changes nothing');
  refuse(null);
  t.equal(talksIn(), '[#dev] x', 'nor does any other error');
  said(dialect, '/leave #other\n');
  t.equal(talksIn(), '[#dev] x', 'nor leaving another room');
  enter('#ops');
  enter('#dev');
  said(dialect, '/leave #DEV\n');
  t.equal(talksIn(), '[#ops] x', 'then it is back where it was');
  said(dialect, '/leave\n');
  t.equal(talksIn(), '[#lobby] x');
  t.end();
});
