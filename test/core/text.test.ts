// Text that is safe on any terminal, and names that cannot be mistaken for one another.

import * as fc from 'fast-check';
import t, { type Test } from 'tap';
import { ChatError, type ErrorCode } from '../../src/core/errors.ts';
import { LIMITS } from '../../src/core/limits.ts';
import { foldName, roomName, variantOf } from '../../src/core/names.ts';
import { mendNickname, nickname } from '../../src/core/nicknames.ts';
import { charCount, lineText, messageText, safeLine, safeText } from '../../src/core/text.ts';

const anyText = fc.string({ unit: 'binary', maxLength: 40, size: 'max' });
/** Pieces that terminals act on, in any order and cut anywhere. */
const nastyText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\u001b',
        '[',
        ']',
        '31m',
        '\u009b',
        'P',
        '\\',
        '\u0007',
        '\u202e',
        '\ud800',
        '\udc00',
        '\r',
        '\n',
      ),
      fc.string({ unit: 'binary', maxLength: 3 }),
    ),
    { maxLength: 20 },
  )
  .map((pieces) => pieces.join(''));

function refused(t: Test, code: ErrorCode, run: () => unknown, because: string): void {
  t.throws(run, { constructor: ChatError, code }, because);
}

await t.test('what a terminal would act on goes; what people wrote stays', (t) => {
  const cases: [string, string, string][] = [
    ['plain', 'hello, world!', 'hello, world!'],
    ['colour', 'a\u001b[31;1mred\u001b[0mb', 'aredb'],
    ['cursor', '\u001b[2J\u001b[1;1Hhi', 'hi'],
    ['window title', 'a\u001b]0;pwned\u0007b', 'ab'],
    ['link, ended by ST', 'a\u001b]8;;http://x\u001b\\b', 'ab'],
    ['device control', 'a\u001bPq#0\u001b\\b', 'ab'],
    ['title that never ends', 'a\u001b]0;rest', 'a'],
    ['two characters', 'a\u001bcb', 'ab'],
    ['lone escape', 'a\u001b', 'a'],
    ['8-bit CSI', 'a\u009b31mb', 'ab'],
    ['8-bit controls', 'a\u0080\u0085\u009fb', 'ab'],
    ['bell, delete, NUL', 'a\u0007\u007f\u0000b', 'ab'],
    ['bidirectional', 'a\u202eb\u2066c\u2069d\u200fe\u061cf', 'abcdef'],
    ['zero width', 'a\u200bb\u2060c\ufeffd', 'abcd'],
    ['separators', 'a\u2028b\u2029c', 'abc'],
    ['tags', 'a\u{e0041}b', 'ab'],
    ['line ends', 'a\r\nb\rc\nd', 'a\nb\nc\nd'],
    ['tab', 'a\tb', 'a b'],
    ['lone surrogates', 'a\ud800b\udc00c', 'a\ufffdb\ufffdc'],
    ['emoji with joiners', '👩‍👩‍👧 ok', '👩‍👩‍👧 ok'],
    ['scripts', 'žluťoučký 漢字 नमस्ते', 'žluťoučký 漢字 नमस्ते'],
  ];
  for (const [name, raw, safe] of cases) t.equal(safeText(raw), safe, name);
  t.equal(safeLine('  a \r\n  b\n\nc '), 'a b c', 'a line has no newline');
  t.end();
});

await t.test('whatever comes in, no control goes out but newline', (t) => {
  const unsafe = /[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f\u2028\u2029]/u;
  fc.assert(
    fc.property(fc.oneof(anyText, nastyText), (raw) => {
      const safe = safeText(raw);
      t.notMatch(safe.replaceAll('\n', ''), unsafe);
      t.notMatch(safeLine(raw), /\n/);
      return safe.isWellFormed() && safeText(safe) === safe;
    }),
  );
  t.end();
});

await t.test('a long and nasty text takes no long time', (t) => {
  // Quadratic matching would take minutes here and run into the time limit of the tests.
  for (const piece of ['\u001b[', '\u001b]', '\u009b0', '\u001b', ' \n'])
    t.type(safeLine(piece.repeat(65_536 / piece.length)), 'string');
  t.end();
});

await t.test('messages have something to see and an end', (t) => {
  t.equal(messageText('hi \n\n'), 'hi');
  for (const [name, text] of [
    ['nothing', ''],
    ['blanks', ' \t\n\u3000\u00a0'],
    ['controls', '\u001b[0m\u0000'],
    ['joiners and marks', '\u200d\ufe0f\u00ad'],
    ['blank letters', '\u3164\u2800\uffa0'],
  ] as const)
    refused(t, 'empty-text', () => messageText(text), name);
  t.equal(messageText('x'.repeat(LIMITS.textChars)).length, LIMITS.textChars, 'the longest');
  const astral = '😀'.repeat(LIMITS.textChars);
  t.equal(messageText(astral), astral, 'characters count, not their halves');
  refused(t, 'too-long', () => messageText('x'.repeat(LIMITS.textChars + 1)), 'one more');
  refused(t, 'too-long', () => messageText(`${astral}x`), 'one more beside large ones');
  t.equal(lineText('a\nb', 3, 'a topic'), 'a b');
  refused(t, 'too-long', () => lineText('abcd', 3, 'a topic'), 'a line has its own limit');
  t.equal(charCount('a😀b'), 3);
  t.end();
});

await t.test('names', (t) => {
  for (const [name, raw, shown] of [
    ['one character', 'x', 'x'],
    ['the longest', 'x'.repeat(32), 'x'.repeat(32)],
    ['the longest of large characters', '𠀀'.repeat(32), '𠀀'.repeat(32)],
    ['punctuation', '_a.b-c', '_a.b-c'],
    ['digits', '007', '007'],
    ['any script', 'Ľubomír-漢字', 'Ľubomír-漢字'],
    ['full-width letters are shown as letters', 'ＬＯ', 'LO'],
    ['composed', 'E\u0301R', 'ÉR'],
  ] as const)
    t.equal(nickname(raw), shown, name);
  for (const raw of [
    '',
    ' ',
    'a b',
    'a\nb',
    'a\u0000',
    'a\u200bb',
    'a\u200db',
    'a\u00adb',
    '\u202ea',
    '-a',
    '.a',
    '@a',
    '#a',
    '+a',
  ])
    refused(t, 'bad-nick', () => nickname(raw), JSON.stringify(raw));
  for (const raw of ['a:b', 'a,b', 'a!', '\u0301a', 'a\u3164', '\u115f', 'a\ufe0f', '\ud800', '\ufdfa', '😀'])
    refused(t, 'bad-nick', () => nickname(raw), JSON.stringify(raw));
  for (const raw of ['x'.repeat(33), '𠀀'.repeat(33)])
    refused(t, 'bad-nick', () => nickname(raw), '33 characters');
  for (const raw of ['server', 'SYSTEM', 'Everyone', 'here', 'all', 'ｓｅｒｖｅｒ', 'ſerver'])
    refused(t, 'bad-nick', () => nickname(raw), `${raw} is reserved`);
  t.end();
});

await t.test('names that look the same to people are the same', (t) => {
  for (const [one, other] of [
    ['ER', 'er'],
    ['Straße', 'STRASSE'],
    ['STRAẞE', 'straße'],
    ['ΟΔΟΣ', 'οδος'],
    ['οδοσ', 'οδος'],
    ['ＥＲ', 'er'],
    ['É', 'e\u0301'],
    ['ﬁn', 'FIN'],
    ['K', 'k'],
    ['ǅ', 'ǆ'],
  ] as const)
    t.equal(foldName(one), foldName(other), `${one} and ${other}`);
  t.not(foldName('İx'), foldName('ix'), 'a dot that can be seen counts');
  t.not(foldName('ER'), foldName('ERIC'));
  t.not(foldName('е'), foldName('e'), 'Cyrillic is not Latin');
  // What is made up stays out of the tests' names: not every reader of them can take it.
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 8 }), (name) => {
      const folded = foldName(name);
      return [folded, name.toUpperCase(), name.toLowerCase()].every((each) => foldName(each) === folded);
    }),
    { numRuns: 1_000 },
  );
  // Every letter there is, since the odd ones are few.
  const odd: string[] = [];
  for (let code = 0; code < 0x11_0000; code++) {
    const letter = String.fromCodePoint(code);
    if (/\p{L}/u.test(letter) && foldName(letter.toUpperCase()) !== foldName(letter)) odd.push(letter);
  }
  t.strictSame(odd, []);
  t.end();
});

await t.test('a name that cannot be asked again is mended into a good one', (t) => {
  for (const [raw, mended] of [
    ['LO', 'LO'],
    [' LO ', 'LO'],
    ['Lo Ry', 'Lo_Ry'],
    ['a:b', 'a_b'],
    ['-x', '_x'],
    ['server', 'server_'],
    ['', 'guest'],
    ['???', 'guest'],
    ['x'.repeat(40), 'x'.repeat(32)],
  ] as const)
    t.equal(mendNickname(raw), mended);
  fc.assert(
    fc.property(fc.oneof(anyText, nastyText), fc.integer({ min: 2, max: 99_999 }), (raw, n) => {
      const mended = mendNickname(raw);
      return nickname(mended) === mended && nickname(variantOf(mended, n)) === variantOf(mended, n);
    }),
  );
  t.equal(variantOf('x'.repeat(32), 12), `${'x'.repeat(29)}-12`, 'a variant stays within the limit');
  t.end();
});

await t.test('rooms', (t) => {
  t.equal(roomName('#Dev'), '#dev');
  t.equal(roomName('dev'), '#dev', 'the sign may be left out');
  t.equal(roomName('#STRAẞE'), roomName(roomName('#straße')), 'one form, whoever writes it');
  t.equal(roomName(`#${'x'.repeat(31)}`).length, 32);
  for (const raw of ['', '#', '##', '#a b', '#-a', '#\u0000', '@me', '#a\u200b', `#${'x'.repeat(32)}`])
    refused(t, 'bad-room', () => roomName(raw), JSON.stringify(raw));
  t.end();
});
