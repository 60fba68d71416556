// What a person typed, read: the one place where a slip could make a private text public.

import * as fc from 'fast-check';
import t from 'tap';
import type { Command } from '../../src/core/command.ts';
import { assertMay, COMMANDS, commandNamed, helpFor } from '../../src/core/commands.ts';
import { ChatError } from '../../src/core/errors.ts';
import { LIMITS } from '../../src/core/limits.ts';
import { foldName } from '../../src/core/names.ts';
import { readTyped } from '../../src/core/typed.ts';

const HERE = ['ER', 'ERIC', 'dr.who', 'St.', 'Ľubo', '漢字'];
const present = new Set(HERE.map(foldName));
const isPresent = (name: string): boolean => present.has(foldName(name));
const read = (line: string): Command => readTyped(line, '#dev', isPresent);

await t.test('@name text', (t) => {
  for (const [line, to, text] of [
    ['@ER only for you', 'ER', 'only for you'],
    ['@er only for you', 'er', 'only for you'],
    ['@ERIC hi', 'ERIC', 'hi'],
    ['@ER: hi', 'ER', 'hi'],
    ['@ER, hi', 'ER', 'hi'],
    ['@ER; hi', 'ER', 'hi'],
    ['@ER!? hi', 'ER', 'hi'],
    ['@ER:hi', 'ER', 'hi'],
    ['@ER. hi', 'ER', 'hi'],
    ['@ER... hi', 'ER', 'hi'],
    ['@dr.who hi', 'dr.who', 'hi'],
    ['@dr.who. hi', 'dr.who', 'hi'],
    ['@St. hi', 'St.', 'hi'],
    ['@St.. hi', 'St.', 'hi'],
    ['@ĽUBO hi', 'ĽUBO', 'hi'],
    ['@漢字　hi', '漢字', 'hi'],
    ['@ＥＲ hi', 'ＥＲ', 'hi'],
    ['@ER\nline one\nline two', 'ER', 'line one\nline two'],
    ['@ER  @ERIC said so', 'ER', '@ERIC said so'],
    ['@ER', 'ER', ''],
  ] as const)
    t.strictSame(read(line), { type: 'tell', to, text }, line);
  t.end();
});

await t.test('a name that is not here is still nobody else’s, and never the room’s', (t) => {
  for (const [line, to] of [
    ['@ERI hi', 'ERI'],
    ['@E hi', 'E'],
    ['@ERICA hi', 'ERICA'],
    ['@ER) hi', 'ER)'],
    ["@ER's hi", "ER's"],
    ['@ER-hi hi', 'ER-hi'],
    ['@ER@ERIC hi', 'ER@ERIC'],
    ['@dr hi', 'dr'],
    ['@nobody.. hi', 'nobody..'],
    [`@ER${'.'.repeat(65_536)} hi`, `ER${'.'.repeat(65_536)}`],
  ] as const)
    t.strictSame(read(line), { type: 'tell', to, text: 'hi' }, line.slice(0, 20));
  for (const line of ['@', '@ ER hi', '@: hi', '@, hi', '@\n'])
    t.throws(() => read(line), { constructor: ChatError, code: 'bad-request' }, JSON.stringify(line));
  t.end();
});

await t.test('what nobody sees before the @ does not make it public', (t) => {
  for (const before of [
    ' ',
    '\t',
    '\n',
    '\u00a0',
    '\u3000',
    '\u200b',
    '\u200d',
    '\ufeff',
    '\u001b[D',
    '\u0000',
    '\u202e',
  ]) {
    t.strictSame(read(`${before}@ER hi`), { type: 'tell', to: 'ER', text: 'hi' }, JSON.stringify(before));
    t.strictSame(read(`${before}/msg ER hi`), { type: 'tell', to: 'ER', text: 'hi' }, JSON.stringify(before));
  }
  t.strictSame(read('＠ER hi'), { type: 'tell', to: 'ER', text: 'hi' }, 'the wide form of @');
  t.strictSame(read('／msg ER hi'), { type: 'tell', to: 'ER', text: 'hi' }, 'the wide form of /');
  const unseen = fc.constantFrom(
    ' ',
    '\t',
    '\r',
    '\n',
    '\u200b',
    '\u200d',
    '\u001b[1m',
    '\u0007',
    '\u2066',
    '\u00ad',
  );
  fc.assert(
    fc.property(fc.array(unseen, { maxLength: 6 }), fc.string({ unit: 'grapheme' }), (before, rest) => {
      try {
        return read(`${before.join('')}@${rest}`).type === 'tell';
      } catch (error) {
        return error instanceof ChatError;
      }
    }),
  );
  t.end();
});

await t.test('what is for the room', (t) => {
  for (const [line, text] of [
    ['hello', 'hello'],
    ['mail me at er@example.org', 'mail me at er@example.org'],
    ['  indented', '  indented'],
    ['\\@ER hi', '@ER hi'],
    ['\\/me hi', '/me hi'],
    ['//me hi', '/me hi'],
    [' //me hi', '/me hi'],
    ['\\n', '\\n'],
    ['\\\\@ER', '\\\\@ER'],
  ] as const)
    t.strictSame(read(line), { type: 'say', room: '#dev', text, action: false }, line);
  t.end();
});

await t.test('/commands', (t) => {
  for (const [line, command] of [
    ['/who', { type: 'who', room: null }],
    ['/WHO #dev', { type: 'who', room: '#dev' }],
    ['/rooms', { type: 'rooms' }],
    ['/list', { type: 'rooms' }],
    ['/join dev', { type: 'join', room: 'dev' }],
    ['/j #a #b', { type: 'join', room: '#a' }],
    ['/leave', { type: 'part', room: '#dev' }],
    ['/part #a', { type: 'part', room: '#a' }],
    ['/msg @ER  two  words', { type: 'tell', to: 'ER', text: 'two  words' }],
    ['/tell ER a\nb', { type: 'tell', to: 'ER', text: 'a\nb' }],
    ['/me waves', { type: 'say', room: '#dev', text: 'waves', action: true }],
    ['/nick NEW', { type: 'nick', nick: 'NEW' }],
    ['/topic', { type: 'topic', room: '#dev', text: null }],
    ['/topic all about it', { type: 'topic', room: '#dev', text: 'all about it' }],
    ['/history', { type: 'history', log: '#dev', before: null, after: null, limit: 20 }],
    ['/history 5', { type: 'history', log: '#dev', before: null, after: null, limit: 5 }],
    ['/history @me 0', { type: 'history', log: '@me', before: null, after: null, limit: 1 }],
    [
      '/history 9999 #a',
      { type: 'history', log: '#a', before: null, after: null, limit: LIMITS.historyPage },
    ],
    ['/help', { type: 'help' }],
    ['/?', { type: 'help' }],
    ['/quit so long', { type: 'quit', text: 'so long' }],
    ['/kick ER too loud', { type: 'kick', target: 'ER', reason: 'too loud' }],
    ['/broadcast hear me', { type: 'notice', to: { scope: 'all' }, text: 'hear me' }],
  ] as const)
    t.strictSame(read(line), command, line);
  for (const line of ['/msg', '/msg ER', '/join', '/nick', '/me', '/kick', '/notice'])
    t.throws(() => read(line), { code: 'bad-request', message: `usage: ${line.split(' ')[0]}` }, line);
  for (const line of ['/', '/ me', '/nope hi', '/msg:ER hi', '/constructor', '/__proto__', '/usr/bin/env'])
    t.throws(() => read(line), { code: 'bad-request', message: 'start with // to say it' }, line);
  const long = t.throws(() => read(`/${'x'.repeat(60_000)}`)) as unknown as Error;
  t.ok(long.message.length < 200, 'an error does not send back what it was sent');
  t.end();
});

function usages(role: 'user' | 'operator'): string[] {
  return helpFor(role).map(({ usage }) => usage);
}

await t.test('the table of commands is the help, and what an operator may is not for others', (t) => {
  t.equal(usages('operator').length, COMMANDS.length);
  t.strictSame(
    usages('operator').filter((usage) => !usages('user').includes(usage)),
    [
      '/kick name [reason]',
      '/ban name [time] [reason]',
      '/unban name|id',
      '/mute name [time] [reason]',
      '/unmute name|id',
      '/bans',
      '/notice text',
    ],
  );
  t.equal(commandNamed('MSG')?.type, 'tell', 'however it is capitalised');
  for (const type of ['kick', 'notice'] as const) {
    t.throws(() => assertMay('user', type), { code: 'not-allowed' });
    assertMay('operator', type);
  }
  for (const type of ['say', 'ack', 'ping', 'quit'] as const) assertMay('user', type);
  const names = COMMANDS.flatMap(({ name, aliases }) => [name, ...aliases]);
  t.equal(new Set(names).size, names.length, 'no name stands for two commands');
  t.end();
});
