// The man pages are promises: every key, flag, verb, code and request of the programs stands there, nothing else does,
// and the examples of chatroom-protocol(7) are read by the very code that reads peers.

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { readHubLine } from '../src/chat/incoming.ts';
import { readInvocation as readChat } from '../src/chat/options.ts';
import { readCommandLine } from '../src/chatctl/command-line.ts';
import { VERBS } from '../src/chatctl/verbs.ts';
import { EXIT, type StreamName } from '../src/control/protocol.ts';
import { SCHEMAS } from '../src/control/schemas.ts';
import { COMMANDS } from '../src/core/commands.ts';
import { ENTRY_KINDS } from '../src/core/entry.ts';
import { BYE_CODES, ERROR_CODES } from '../src/core/errors.ts';
import { LIMITS } from '../src/core/limits.ts';
import { readInvocation as readChatroomd } from '../src/daemon/options.ts';
import { defaultInWords, keyOf, rowOf, SETTING_NAMES } from '../src/daemon/settings.ts';
import { readRequest } from '../src/dialects/request.ts';
import type { WireReply, WireRequest } from '../src/dialects/wire.ts';
import { sniff } from '../src/transport/sniff.ts';
import { DIRECTORY, examples, items, page, PAGES, section, words } from './support/mdoc.ts';

const COLUMNS = 80;

// The types have no list at run time; a name that is missing or too much here does not compile.
const REQUESTS: Record<WireRequest['type'], true> = {
  hello: true,
  auth: true,
  say: true,
  tell: true,
  join: true,
  part: true,
  nick: true,
  who: true,
  rooms: true,
  history: true,
  search: true,
  topic: true,
  ack: true,
  report: true,
  help: true,
  ping: true,
  pong: true,
  quit: true,
  ban: true,
  unban: true,
  mute: true,
  unmute: true,
  bans: true,
  kick: true,
  notice: true,
  passwd: true,
};
const REPLIES: Record<WireReply['type'], true> = {
  welcome: true,
  challenge: true,
  'next-key': true,
  ok: true,
  who: true,
  rooms: true,
  bans: true,
  history: true,
  search: true,
  'topic-is': true,
  help: true,
  info: true,
  error: true,
  bye: true,
  ping: true,
  pong: true,
};
const STREAMS: Record<StreamName, true> = { 'GET /v1/events': true, 'POST /v1/stop': true };

function flagsIn(help: string): string[] {
  return [...new Set(help.match(/(?<![\w-])--[a-z][a-z-]+/g))].filter((flag) => flag !== '--key').toSorted();
}

const mandoc = spawnSync('mandoc', ['-Tlint', '-Wwarning', '/dev/null']);
const noMandoc = mandoc.error === undefined ? false : 'mandoc is not installed';

await t.test('the pages are what mdoc allows, and fit a terminal', { skip: noMandoc }, async (t) => {
  t.strictSame(readdirSync(DIRECTORY).toSorted(), [...PAGES].toSorted(), 'these pages and no others');
  for (const name of PAGES) {
    const cwd = DIRECTORY;
    const lint = spawnSync('mandoc', ['-Tlint', '-Wwarning', name], { cwd, encoding: 'utf8' });
    t.equal(lint.stdout + lint.stderr, '', `${name}: nothing to complain of`);
    const shown = spawnSync('mandoc', ['-Tutf8', `-Owidth=${COLUMNS - 2}`, name], { cwd, encoding: 'utf8' });
    const lines = shown.stdout.replace(/.\x08/g, '').split('\n');
    t.strictSame(
      lines.filter((line) => line.length > COLUMNS),
      [],
      `${name}: no line is wider than ${COLUMNS} columns`,
    );
    for (const [, to = '', number] of page(name).matchAll(/^\.Xr (chat\S*) (\d)/gm))
      t.ok(existsSync(new URL(`${to}.${number}`, DIRECTORY)), `${name}: ${to}(${number}) is there`);
  }
});

await t.test('chatroom.toml(5) has every setting with its default and its limits', async (t) => {
  const groups = ['NETWORK', 'OPERATION', 'LIMITS', 'CONNECTIONS', 'ACCOUNTS', 'STORE'];
  const all = groups.flatMap((group) => items(section(page('chatroom.toml.5'), group)));
  t.strictSame(all.map(({ head }) => head).toSorted(), SETTING_NAMES.map(keyOf).toSorted(), 'the keys');
  for (const name of SETTING_NAMES) {
    const body = all.find(({ head }) => head === keyOf(name))?.body ?? '';
    const { kind, counts } = rowOf(name);
    t.match(body, `Default: ${defaultInWords(name)}.`, `${name}: default`);
    t.match(body, `Counts ${counts}`, `${name}: when it counts`);
    const limits = kind.expects.replace(/"[^"]*"/g, '').match(/\d[\d.]*/g) ?? [];
    const choices = /^one of (.*)$/.exec(kind.expects)?.[1]?.split(', ') ?? [];
    for (const word of [...limits, ...choices])
      t.match(body, new RegExp(`(?<!\\S)${word}(?=[\\s.,:;]|$)`), `${name}: ${word}`);
  }
});

await t.test('chatroom-protocol(7) has every code, kind, request and limit', async (t) => {
  const source = page('chatroom-protocol.7');
  const heads = (heading: string): string[] => items(section(source, heading)).map(({ head }) => head);
  t.strictSame(heads('ERROR CODES').toSorted(), [...ERROR_CODES].toSorted(), 'error codes');
  t.strictSame(heads('BYE CODES').toSorted(), [...BYE_CODES].toSorted(), 'bye codes');
  const fields = ['log', 'seq', 'at', 'from', 'to', 'text'];
  t.strictSame(
    heads('Entries').toSorted(),
    [...fields, ...ENTRY_KINDS].toSorted(),
    'fields and kinds of entries',
  );
  const limits = heads('LIMITS').map((head) => head.replace(/ m?s$/, ''));
  const { nickChars, textChars, topicChars, requestIdChars, lineBytes, badRequestsInARow } = LIMITS;
  const { roomsPerSession, historyPage, queryChars, helloWaitMs, firstBytesWaitMs } = LIMITS;
  const { handshakeWaitMs, handshakes } = LIMITS;
  const told = [
    nickChars,
    textChars,
    topicChars,
    requestIdChars,
    lineBytes,
    badRequestsInARow,
    roomsPerSession,
  ];
  const more = [
    historyPage,
    queryChars,
    helloWaitMs / 1000,
    handshakeWaitMs / 1000,
    handshakes,
    firstBytesWaitMs,
  ];
  t.strictSame(limits, [...told, ...more].map(String), 'limits, in the order of the page');
  t.equal(LIMITS.nickChars, LIMITS.roomChars, 'one line tells both');
  t.equal(LIMITS.historyPage, LIMITS.usersPerAnswer, 'one line tells both');
});

await t.test('the first bytes mean what chatroom-protocol(7) says', async (t) => {
  const told = section(page('chatroom-protocol.7'), 'FIRST BYTES');
  for (const [, opening = ''] of told.matchAll(/^\.Ql "([A-Z]+ )"/gm)) {
    const language = ['CAP ', 'NICK ', 'USER ', 'PASS '].includes(opening) ? 'irc' : 'http';
    t.equal(sniff(Buffer.from(opening), false), language, opening);
  }
  t.equal(told.match(/^\.Ql "[A-Z]+ "/gm)?.length, 10, 'the openings were found');
});

await t.test('the examples of chatroom-protocol(7) are good', async (t) => {
  const asked = examples('C');
  for (const line of asked) {
    const request = readRequest(line);
    t.not(request.kind, 'bad', `${line} ${request.kind === 'bad' ? request.error.message : ''}`);
  }
  t.strictSame(typesOf(asked), Object.keys(REQUESTS).toSorted(), 'an example for every request');
  const answered = examples('H');
  for (const line of answered) t.not(readHubLine(line), null, line);
  const entries: string[] = [...ENTRY_KINDS];
  const replies = typesOf(answered).filter((type) => type in REPLIES || !entries.includes(type));
  t.strictSame(replies, Object.keys(REPLIES).toSorted(), 'an example for every answer');
});

function typesOf(lines: readonly string[]): string[] {
  return [...new Set(lines.map((line) => String((JSON.parse(line) as { type: unknown }).type)))].toSorted();
}

await t.test('chat(1) and chatroom-protocol(7) have every command that can be typed', async (t) => {
  for (const name of ['chat.1', 'chatroom-protocol.7'] as const) {
    const told = section(page(name), name === 'chat.1' ? 'WHAT TO TYPE' : 'WHAT PEOPLE TYPE');
    const typed = new Set(told.match(/(?<=^\.(?:It )?Ic |Ic )\/\S+/gm));
    const known = COMMANDS.filter(({ may }) => may === 'user' || name !== 'chat.1');
    const expected = known.flatMap((row) => [row.name, ...row.aliases].map((each) => `/${each}`));
    t.strictSame([...typed].toSorted(), expected.toSorted(), name);
  }
});

await t.test('chatctl(8) has every verb, flag, call and exit status', async (t) => {
  const source = page('chatctl.8');
  const verbs = items(section(source, 'DESCRIPTION')).filter(({ head }) => !head.startsWith('-'));
  t.strictSame(
    verbs.map(({ head }) => head.split(' ', 1).join()).toSorted(),
    VERBS.map(({ name }) => name).toSorted(),
    'the verbs',
  );
  for (const { name, aliases, flags } of VERBS) {
    const body = verbs.find(({ head }) => head.split(' ', 1).join() === name)?.body ?? '';
    for (const [flag, { alias }] of Object.entries(flags)) {
      t.match(body, `--${flag}`, `${name} --${flag}`);
      if (alias !== undefined) t.match(body, new RegExp(`(?<![\\w-])-${alias}\\b`), `${name} -${alias}`);
    }
    for (const alias of aliases) t.match(body, `Also ${alias}.`, `${name}, also ${alias}`);
  }
  const invocation = readCommandLine(['--help'], VERBS, '0', 100);
  t.equal(invocation.kind, 'say');
  const help = invocation.kind === 'say' ? invocation.text : '';
  for (const flag of flagsIn(help)) t.match(words(source), flag, flag);
  const calls = section(source, 'CONTROL SOCKET').match(/^(GET|POST|PUT) \S+/gm) ?? [];
  t.strictSame(calls.toSorted(), [...Object.keys(SCHEMAS), ...Object.keys(STREAMS)].toSorted(), 'the calls');
  const statuses = items(section(source, 'EXIT STATUS')).map(({ head }) => Number(head));
  t.strictSame(statuses, Object.values(EXIT), 'the exit statuses');
});

await t.test('chat(1) and chatroomd(8) have every flag that --help shows, and no others', async (t) => {
  const chat = readChat(['--help'], '0', 100);
  t.equal(chat.kind, 'answer');
  const world = {
    env: {},
    home: '/',
    uid: 1,
    hostName: 'host',
    readFile: readFileSync,
    columns: 100,
    version: '0',
  };
  const chatroomd = readChatroomd(['--help'], world);
  t.equal(chatroomd.kind, 'answer');
  if (chat.kind !== 'answer' || chatroomd.kind !== 'answer') return;
  t.strictSame(flagsIn(words(section(page('chat.1'), 'DESCRIPTION'))), flagsIn(chat.text), 'chat');
  t.strictSame(
    flagsIn(words(section(page('chatroomd.8'), 'DESCRIPTION'))),
    flagsIn(chatroomd.text),
    'chatroomd',
  );
});
