// How chatctl words and lines things up, piece by piece.

import stringWidth from 'string-width';
import t from 'tap';
import { columnsOf } from '../../src/chatctl/columns.ts';
import { entryLine } from '../../src/chatctl/entry-line.ts';
import { dateAndTime, duration, size, timeOfDay } from '../../src/chatctl/human.ts';
import { cutTo, tableLines } from '../../src/chatctl/table.ts';
import { type Entry, ENTRY_KINDS } from '../../src/core/entry.ts';

await t.test('columns are counted as string-width counts them', async (t) => {
  const wrong: string[] = [];
  for (let point = 0x20; point < 0x20000; point++) {
    if (point >= 0xd800 && point <= 0xdfff) continue;
    const char = String.fromCodePoint(point);
    // Between letters, so that a mark that joins what is before it is seen.
    if (columnsOf(`a${char}b`) !== stringWidth(`a${char}b`)) wrong.push(point.toString(16));
  }
  t.same(wrong, []);
  for (const text of [
    '',
    'LO',
    'Ωμέγα',
    'Ёжик',
    '日本語',
    'かな',
    '한국어',
    'e\u0301',
    '👨‍👩‍👧',
    'ﾊﾝ',
    'हिन्दी',
    '日本語👍',
  ]) {
    t.equal(columnsOf(text), stringWidth(text), text);
  }
});

await t.test('tables line up and lines are cut between characters', async (t) => {
  t.same(
    tableLines([
      ['A', 'BB', 'C'],
      ['日本', '', 'x y'],
      ['a', 'b', ''],
    ]),
    ['A      BB   C', '日本   -    x y', 'a      b    -'],
  );
  t.same(tableLines([]), []);
  t.equal(cutTo('abcdef', 6), 'abcdef');
  t.equal(cutTo('abcdefg', 6), 'abcde…');
  t.equal(cutTo('日本語', 5), '日本…');
  t.equal(cutTo('日本語', 4), '日…');
  t.equal(cutTo('a👨‍👩‍👧b👨‍👩‍👧c', 5), 'a👨‍👩‍👧b…', 'a family is one character');
});

await t.test('times and sizes', async (t) => {
  const second = 1000;
  const spans = [
    -5,
    0,
    999,
    second,
    59.9 * second,
    60 * second,
    312 * second,
    3600 * second,
    3723 * second,
    86400 * second,
    90_000 * second,
  ];
  t.same(spans.map(duration), ['0s', '0s', '0s', '1s', '59s', '1m', '5m12s', '1h', '1h2m', '1d', '1d1h']);
  t.same([0, 1023, 1024, 70_569_165, 5 * 1024 ** 4].map(size), [
    '0B',
    '1023B',
    '1.0KiB',
    '67.3MiB',
    '5.0TiB',
  ]);
  const at = new Date(2026, 0, 2, 3, 4, 5).getTime();
  t.equal(timeOfDay(at), '03:04:05');
  t.equal(dateAndTime(at), '2026-01-02 03:04:05');
});

await t.test('every kind of entry has its words', async (t) => {
  const entry: Entry = { log: '#lobby', seq: 1, at: 1, kind: 'message', from: 'LO', to: 'ER', text: 'hi' };
  t.same(
    ENTRY_KINDS.map((kind) => entryLine({ ...entry, kind })),
    [
      'LO: hi',
      '* LO hi',
      '+ LO joined',
      '- LO left (hi)',
      '~ LO is now ER',
      '~ LO set the topic: hi',
      '[notice] LO: hi',
      '- ER was kicked by LO (hi)',
      'LO to ER: hi',
    ],
  );
  t.equal(entryLine({ ...entry, kind: 'kick', text: '' }), '- ER was kicked by LO');
  t.equal(entryLine({ ...entry, kind: 'leave', text: '' }), '- LO left');
  t.equal(entryLine({ ...entry, kind: 'topic', text: '' }), '~ LO removed the topic');
});
