// The line being typed: keys, characters as people see them, completion, and where everything stands on the screen.

import t from 'tap';
import { complete } from '../../src/chat/completion.ts';
import { type Act, EMPTY, type EditorState, insert, type Key, press } from '../../src/chat/editor.ts';
import { layOut } from '../../src/chat/layout.ts';

const FAMILY = '👨‍👩‍👧';

/** A key as it is written here: `C-a` with control, `M-b` with meta, a name of more than one letter, or a text. */
function key(word: string): Key {
  if (/^[CM]-./.test(word)) {
    const name = word.slice(2);
    return word.startsWith('C') ? { name, ctrl: true } : { name, meta: true };
  }
  return /^(?:left|right|up|down|home|end|delete|backspace|return|enter|tab|f1)$/.test(word)
    ? { name: word }
    : { text: word };
}

function typed(words: string, start: EditorState = EMPTY): { state: EditorState; acts: Act[] } {
  const acts: Act[] = [];
  let state = start;
  for (const word of words.split(' ').filter(Boolean)) {
    const pressed = press(state, key(word.replaceAll('␣', ' ')));
    ({ state } = pressed);
    if (pressed.act.type !== 'none') acts.push(pressed.act);
  }
  return { state, acts };
}

/** The line with `|` where the caret is. */
function shown(words: string): string {
  const { text, caret } = typed(words).state;
  return `${text.slice(0, caret)}|${text.slice(caret)}`;
}

await t.test('keys', (t) => {
  const cases: [string, string][] = [
    ['a b c', 'abc|'],
    ['a b c left x', 'abx|c'],
    ['a b home x', 'x|ab'],
    ['a b C-a right delete', 'a|'],
    ['a b C-b C-d', 'a|'],
    ['a b C-a C-f C-h', '|b'],
    ['a backspace backspace', '|'],
    ['hello␣wide␣world C-w', 'hello wide |'],
    ['hello␣wide.world C-w', 'hello |'],
    ['hello␣wide.world M-backspace', 'hello wide.|'],
    ['hello␣world M-b x', 'hello x|world'],
    ['hello␣world C-a M-f x', 'hellox| world'],
    ['hello␣world C-left C-left x', 'x|hello world'],
    ['hello␣world C-a M-d', '| world'],
    ['hello␣world M-b C-k', 'hello |'],
    ['hello␣world M-b C-u', '|world'],
    ['hello␣world C-w C-a C-y', 'world|hello '],
    ['one M-return two', 'one\ntwo|'],
    ['a f1 C-g C-x b', 'ab|'],
    ['a end right C-e b', 'ab|'],
  ];
  for (const [words, expected] of cases) t.equal(shown(words), expected, words);
  t.end();
});

await t.test('one key deletes or passes one character as people see it', (t) => {
  const characters = [FAMILY, '🇩🇪', 'é', 'e\u0301', '👍🏽', '漢', '❤️', 'ก็', '한'];
  for (const each of characters) {
    // A terminal sends the code points of one character one after the other.
    const one = Array.from(each).join(' ');
    t.equal(shown(`a ${one} backspace`), 'a|', `backspace, ${each}`);
    t.equal(shown(`a ${one} b left left x`), `ax|${each}b`, `left, ${each}`);
    t.equal(shown(`a ${one} b C-a right right x`), `a${each}x|b`, `right, ${each}`);
    t.equal(shown(`a ${one} C-a right delete`), 'a|', `delete, ${each}`);
  }
  // Typed before a mark, a letter takes the mark to itself and the caret must not stand inside of both.
  t.equal(shown('x \u0301 C-a right backspace'), '|');
  const { text, caret } = insert({ ...EMPTY, text: '\u0301b', caret: 0 }, 'e');
  t.strictSame([text, caret], ['e\u0301b', 2]);
  t.end();
});

await t.test('sending, and what was sent', (t) => {
  const first = typed('one return two enter ␣ return three');
  t.strictSame(first.acts, [
    { type: 'submit', line: 'one' },
    { type: 'submit', line: 'two' },
  ]);
  t.equal(first.state.text, 'three', 'blanks alone are not sent');
  const walk = (words: string): string => typed(words, first.state).state.text;
  t.equal(walk('up'), 'two');
  t.equal(walk('up C-p'), 'one');
  t.equal(walk('up up up'), 'one');
  t.equal(walk('up up down'), 'two');
  t.equal(walk('up up C-n down down'), 'three', 'what was being typed is still there');
  t.equal(typed('up up x return', first.state).acts[0]?.type, 'submit');
  t.strictSame(typed('up up x return up', first.state).state.text, 'onex');
  t.strictSame(typed('a return a return', EMPTY).state.history, ['a'], 'the same line is remembered once');
  let state = EMPTY;
  for (let i = 0; i < 600; i++) ({ state } = typed(`${i} return`, state));
  t.equal(state.history.length, 500);
  t.equal(state.history.at(-1), '599');
  t.end();
});

await t.test('keys that are not for the line', (t) => {
  t.strictSame(typed('C-c').acts, [{ type: 'leave' }]);
  t.strictSame(typed('C-d').acts, [{ type: 'leave' }]);
  t.strictSame(typed('a C-d').acts, [], 'end of file is only said on an empty line');
  t.strictSame(typed('a C-c').acts, [{ type: 'leave' }]);
  t.strictSame(
    typed('C-z C-l tab C-i').acts.map(({ type }) => type),
    ['suspend', 'redraw', 'complete', 'complete'],
  );
  t.end();
});

await t.test(
  'a paste: one piece, with nothing in it that a terminal would obey, and not without end',
  (t) => {
    const pasted = insert(EMPTY, 'one\r\n\ttwo\u001b[31m\u0007\nthree');
    t.equal(pasted.text, 'one\n two\nthree');
    t.equal(pasted.caret, pasted.text.length);
    const much = insert(EMPTY, 'x'.repeat(100_000));
    t.ok(much.text.length > 4096, 'what is cut off is too long to be sent anyway');
    t.equal(much.text.length, 16_384);
    t.equal(insert(much, 'y').text.length, 16_384);
    t.end();
  },
);

await t.test('completion', (t) => {
  const known = {
    commands: ['help', 'history', 'join', 'msg', 'who'],
    people: ['Eric', 'Erica', 'LO', 'Ünal'],
    rooms: ['#dev', '#devops', '#lobby'],
  };
  const done = (before: string, after = ''): [string, readonly string[]] => {
    const { line, choices } = complete({ text: before + after, caret: before.length }, known);
    return [`${line.text.slice(0, line.caret)}|${line.text.slice(line.caret)}`, choices];
  };
  t.strictSame(done('/j'), ['/join |', []]);
  t.strictSame(done('/J'), ['/join |', []]);
  t.strictSame(done('/h'), ['/h|', ['/help', '/history']]);
  t.strictSame(done('say /j'), ['say /j|', []], 'a command stands at the start');
  t.strictSame(done('@l'), ['@LO |', []]);
  t.strictSame(done('hello @er'), ['hello @Eric|', ['@Eric', '@Erica']]);
  t.strictSame(done('@erica'), ['@Erica |', []]);
  t.strictSame(done('lo'), ['LO: |', []]);
  t.strictSame(done('hello lo'), ['hello LO |', []]);
  t.strictSame(done('hello l', ' and on'), ['hello LO| and on', []]);
  t.strictSame(done('ü'), ['Ünal: |', []]);
  t.strictSame(done('see #lo'), ['see #lobby |', []]);
  t.strictSame(done('/join #d'), ['/join #dev|', ['#dev', '#devops']]);
  t.strictSame(done('/join '), ['/join #|', ['#dev', '#devops', '#lobby']]);
  t.strictSame(done('/msg e'), ['/msg Eric|', ['Eric', 'Erica']]);
  t.strictSame(done('/msg LO e'), ['/msg LO Eric|', ['Eric', 'Erica']]);
  t.strictSame(done('nobody@'), ['nobody@|', []]);
  t.strictSame(done(''), ['|', []]);
  t.end();
});

/** The rows, and after them the caret's row and column. */
function laidOut(text: string, caret: number, columns = 11, most = 10): string[] {
  const { rows, caret: place } = layOut('> ', { text, caret }, columns, most);
  return [...rows, `${place.row},${place.column}`];
}

await t.test('rows and the caret', (t) => {
  t.strictSame(laidOut('', 0), ['> ', '0,2']);
  t.strictSame(laidOut('abc', 1), ['> abc', '0,3']);
  t.strictSame(laidOut('a\nb', 3), ['> a⏎b', '0,5']);
  t.strictSame(laidOut(`${FAMILY}漢`, FAMILY.length), [`> ${FAMILY}漢`, '0,4']);
  t.strictSame(laidOut('12345678', 8), ['> 12345678', '0,10'], 'the caret fits behind a full row');
  t.strictSame(laidOut('123456789', 8), ['> 12345678', '9', '1,0']);
  t.strictSame(
    laidOut('1234567漢', 7),
    ['> 1234567', '漢', '1,0'],
    'the caret goes along with a wide character',
  );
  t.strictSame(laidOut('123456789', 9), ['> 12345678', '9', '1,1']);
  const long = '0123456789'.repeat(5);
  t.strictSame(laidOut(long, 50, 11, 2), ['8901234567', '89', '1,2'], 'the rows around the caret');
  t.strictSame(laidOut(long, 0, 11, 2), ['> 01234567', '8901234567', '0,2']);
  t.strictSame(laidOut(long, 25, 11, 2), ['8901234567', '8901234567', '1,7']);
  t.strictSame(laidOut('漢字', 1, 1, 5), ['> ', '漢', '字', '2,0']);
  t.end();
});
