// How everything reads: in words that need no colours, in colours that can be read, and safe on any terminal.

import t from 'tap';
import stringWidth from 'string-width';
import type { EntryKind } from '../../src/core/entry.ts';
import { concerns, type Paragraph, paragraphs, plainRowsOf } from '../../src/chat/render.ts';
import { Roster } from '../../src/chat/roster.ts';
import { NAME_COLOURS, NO_COLOURS, themeFor } from '../../src/chat/theme.ts';
import { clock } from '../../src/chat/times.ts';
import { rowsOf } from '../../src/chat/wrap.ts';
import type { ChatEvent } from '../../src/chat/events.ts';
import type { WireEntry } from '../../src/dialects/wire.ts';

const NOW = new Date(2026, 10, 22, 20, 41).getTime();

function entry(type: EntryKind, text: string, more: Partial<WireEntry> = {}): WireEntry {
  return { type, log: '#lobby', seq: 1, at: NOW, from: 'ER', text, ...more };
}

function shown(event: ChatEvent): string[] {
  return paragraphs(event, { nick: 'LO', theme: NO_COLOURS, now: NOW }).flatMap(plainRowsOf);
}

function shownEntry(...args: Parameters<typeof entry>): string {
  return shown({ type: 'entry', entry: entry(...args), old: false }).join('|');
}

await t.test('entries', (t) => {
  t.equal(shownEntry('message', 'hello'), '20:41 ER: hello');
  t.equal(shownEntry('message', 'one\n  two\nthree'), '20:41 ER: one|        two|      three');
  t.equal(shownEntry('message', 'hello', { log: '#dev' }), '20:41 #dev ER: hello');
  t.equal(shownEntry('action', 'waves'), '20:41 * ER waves');
  t.equal(shownEntry('private', 'psst', { log: '@me', to: 'LO' }), '20:41 [private] ER → you: psst');
  t.equal(
    shownEntry('private', 'psst', { log: '@me', from: 'lo', to: 'ER' }),
    '20:41 [private] you → ER: psst',
  );
  t.equal(shownEntry('join', ''), '20:41 ER joined');
  t.equal(shownEntry('join', '', { log: '#dev' }), '20:41 ER joined #dev');
  t.equal(shownEntry('leave', ''), '20:41 ER left');
  t.equal(shownEntry('leave', 'bye', { log: '#dev' }), '20:41 ER left #dev (bye)');
  t.equal(shownEntry('rename', '', { to: 'EX' }), '20:41 ER is now EX');
  t.equal(shownEntry('topic', 'things'), '20:41 ER set the topic: things');
  t.equal(shownEntry('topic', '', { log: '#dev' }), '20:41 ER removed the topic of #dev');
  t.equal(shownEntry('notice', 'maintenance', { from: 'server' }), '20:41 [notice] server: maintenance');
  t.equal(shownEntry('kick', 'enough', { from: 'server', to: 'ER' }), '20:41 ER was kicked (enough)');
  t.equal(
    shownEntry('message', 'long ago', { at: new Date(2026, 0, 2, 3, 4).getTime() }),
    '2026-01-02 03:04 ER: long ago',
  );
  t.end();
});

await t.test("answers and chat's own words", (t) => {
  const user = { session: '+1', dialect: 'json', client: '', rooms: [], since: 0, active_at: 0 };
  const users = [
    { ...user, nick: 'LO', state: 'here' as const },
    { ...user, nick: 'er', account: 'er', state: 'away' as const },
  ];
  const answer = (reply: Extract<ChatEvent, { type: 'answer' }>['reply']): string[] =>
    shown({ type: 'answer', reply });
  t.strictSame(answer({ type: 'who', users, more: false }), ['      2 here: er (signed in, away), LO']);
  t.strictSame(answer({ type: 'who', room: '#dev', users: [], more: false }), ['      0 in #dev: ']);
  const rooms = [
    { room: '#lobby', members: 2, topic: '', seq: 1 },
    { room: '#dev', members: 1, topic: 'things', seq: 1 },
  ];
  t.strictSame(answer({ type: 'rooms', rooms, more: false }), ['      #lobby (2)', '      #dev (1) things']);
  t.strictSame(answer({ type: 'history', log: '#dev', entries: [], more: false }), [
    '      nothing was said in #dev yet',
  ]);
  const entries = [entry('message', 'a', { at: NOW - 86_400_000 }), entry('join', '')];
  t.strictSame(answer({ type: 'history', log: '#lobby', entries, more: true }), [
    '      the last 2 of #lobby:',
    '2026-11-21 20:41 ER: a',
    '20:41 ER joined',
  ]);
  t.strictSame(answer({ type: 'topic-is', room: '#dev', text: '' }), ['      #dev has no topic']);
  t.strictSame(answer({ type: 'topic-is', room: '#dev', text: 'things' }), [
    '      the topic of #dev: things',
  ]);
  const rows = [
    { usage: '/a', help: 'A' },
    { usage: '/long [way]', help: 'B' },
  ];
  t.strictSame(answer({ type: 'help', rows }), ['      /a           A', '      /long [way]  B']);
  t.strictSame(answer({ type: 'info', text: 'so' }), ['      * so']);
  t.strictSame(shown({ type: 'note', text: 'back' }), ['20:41 * back']);
  t.strictSame(shown({ type: 'trouble', text: 'no' }), ['20:41 ! no']);
  t.strictSame(shown({ type: 'waiting', line: 'a\nb' }), ['20:41 (waiting) a', '      b']);
  t.strictSame(shown({ type: 'heard', text: 'ER: hi\nER left!' }), ['20:41 ER: hi', '20:41 ER left!']);
  t.strictSame(shown({ type: 'changed' }), []);
  t.end();
});

await t.test('who is spoken to', (t) => {
  for (const text of ['LO', 'lo: hello', 'hi @lo!', 'that was Lo.', '(lo)'])
    t.ok(concerns(entry('message', text), 'LO'), text);
  for (const text of ['hello', 'solo', 'lo-fi', 'LO2', ''])
    t.notOk(concerns(entry('message', text), 'LO'), text);
  t.ok(concerns(entry('private', 'psst'), 'LO'));
  t.ok(concerns(entry('action', 'points at LO'), 'LO'));
  t.notOk(concerns(entry('message', 'LO', { from: 'lo' }), 'LO'), 'nobody is called by themselves');
  t.notOk(concerns(entry('join', '', { from: 'ER' }), 'ER'));
  t.ok(concerns(entry('message', 'ÜNAL?'), 'ünal'));
  t.end();
});

function paragraph(body: string): Paragraph {
  return { margin: '20:41 ', marginWidth: 6, body };
}

await t.test('wrapping', (t) => {
  t.strictSame(rowsOf(paragraph('ER: words that go on for a while'), 30), [
    '20:41 ER: words that go on for',
    '      a while',
  ]);
  const link = 'https://example.org/a/long/way/to/go';
  t.strictSame(
    rowsOf(paragraph(`see ${link} there`), 30),
    ['20:41 see', `      ${link}`, '      there'],
    'a link is left whole',
  );
  t.strictSame(rowsOf(paragraph('    code stays in where it was put'), 30), [
    '20:41     code stays in where',
    '          it was put',
  ]);
  t.strictSame(rowsOf(paragraph('a\n20:42 LO: a forgery'), 40)[1], '      20:42 LO: a forgery');
  for (const row of rowsOf(paragraph('漢字かな 混じり文 です 漢字かな 混じり文'), 30))
    t.ok(stringWidth(row) <= 30, row);
  t.ok(rowsOf(paragraph('on a very narrow screen it still goes on'), 10).length > 1);
  const { dim } = themeFor(8);
  for (const row of rowsOf(paragraph(dim('one two three four five six\nseven')), 26)) {
    t.match(row, /\u001b\[2m.*\u001b\[22m$/, 'each row has its own colour and its end');
  }
  t.end();
});

/** A line that mentions the reader, on a terminal of so many bits of colour. */
function mentioned(depth: number): string {
  const event: ChatEvent = { type: 'entry', entry: entry('message', 'LO: hi', { log: '#dev' }), old: false };
  return paragraphs(event, { nick: 'LO', theme: themeFor(depth), now: NOW })
    .flatMap(plainRowsOf)
    .join('');
}

await t.test('colours', (t) => {
  const rich = themeFor(8);
  t.equal(
    rich.name('Lo'),
    rich.name('lo').replace('lo', 'Lo'),
    'a name has its colour however it is written',
  );
  const names = Array.from({ length: 100 }, (_, i) => `name${i}`);
  const colours = new Set(names.map((name) => /38;5;(\d+)/.exec(rich.name(name))?.[1]));
  t.ok(colours.size > 20, 'names differ in colour');
  for (const colour of NAME_COLOURS) {
    const contrast = contrastOf(colour);
    t.ok(Math.min(contrast.black, contrast.white) >= 3.5, `${colour}: ${JSON.stringify(contrast)}`);
  }
  t.match(themeFor(4).name('LO'), /^\u001b\[1;3[1256]mLO\u001b\[22;39m$/);
  t.equal(themeFor(1).trouble('no'), 'no');
  t.match(mentioned(8), /\u001b\[7m20:41/);
  t.equal(mentioned(8).replaceAll(/\u001b\[[\d;]*m/g, ''), mentioned(1), 'colours change no word');
  t.end();
});

/** Contrast of a colour of the 256-colour cube to black and to white, after WCAG 2. */
function contrastOf(index: number): { black: number; white: number } {
  const levels = [0, 95, 135, 175, 215, 255];
  const n = index - 16;
  const [r = 0, g = 0, b = 0] = [Math.floor(n / 36), Math.floor(n / 6) % 6, n % 6].map((level) => {
    const c = (levels[level] ?? 0) / 255;
    return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return { black: (luminance + 0.05) / 0.05, white: 1.05 / (luminance + 0.05) };
}

function at(...parts: [number, number, number, number, number]): number {
  return new Date(...parts).getTime();
}

await t.test('times', (t) => {
  t.equal(clock(at(2026, 10, 22, 0, 5), NOW), '00:05');
  t.equal(clock(at(2026, 10, 21, 23, 59), NOW), '2026-11-21 23:59');
  t.equal(clock(at(2025, 10, 22, 20, 41), NOW), '2025-11-22 20:41');
  t.end();
});

await t.test('who is here', (t) => {
  const roster = new Roster();
  const user = { session: '+1', dialect: 'json', client: '', since: 0, active_at: 0, state: 'here' as const };
  roster.replace([
    { ...user, nick: 'LO', rooms: ['#lobby'] },
    { ...user, nick: 'ER', rooms: ['#lobby', '#dev'] },
  ]);
  t.ok(roster.has('lo'));
  t.strictSame(roster.rooms(), ['#lobby', '#dev']);
  t.ok(roster.note(entry('join', '', { from: 'QW' })));
  t.ok(roster.note(entry('rename', '', { from: 'ER', to: 'Ex' })));
  t.notOk(
    roster.note(entry('rename', '', { from: 'ER', to: 'Ex', log: '#dev' })),
    'told in the lobby already',
  );
  t.strictSame(roster.names(), ['LO', 'QW', 'Ex']);
  t.ok(roster.note(entry('leave', '', { from: 'Ex', log: '#dev' })), 'it left that room only');
  t.ok(roster.has('ex'));
  t.ok(roster.note(entry('join', '', { from: 'Ex', log: '#dev' })));
  t.ok(roster.note(entry('leave', '', { from: 'Ex' })));
  t.notOk(roster.note(entry('leave', '', { from: 'Ex', log: '#dev' })), 'it left the hub, as the lobby told');
  t.ok(roster.note(entry('kick', '', { from: 'server', to: 'qw' })));
  t.notOk(roster.note(entry('kick', '', { from: 'server', to: 'qw', log: '#dev' })));
  t.strictSame(roster.names(), ['LO']);
  t.end();
});
