// The program on a real terminal: what a person types, sees, and is left with.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { startHub, type TestHub } from '../support/daemon.ts';
import { JsonPeer } from '../support/peers.ts';
import { Pane, tmuxMissing } from './support/pane.ts';
import { Relay } from './support/relay.ts';

const MAIN = join(import.meta.dirname, '../../src/chat/main.ts');
const skip = tmuxMissing();

/** A pane in which chat runs as LO, and its terminal's mode is noted before and after. */
async function talking(
  t: Parameters<typeof startHub>[0],
  port: number,
  { columns = 60, rows = 20, before = '', node = '', nick = 'LO' } = {},
): Promise<Pane> {
  const pane = new Pane(t, columns, rows);
  pane.enter(
    `cd ${pane.dir}; clear; stty -a > before; ${before} $NODE ${node} ${MAIN} 127.0.0.1:${port} --nick ${nick}; echo "status $?"; stty -a > after; echo done`,
  );
  await pane.endsWith(`${nick}>`);
  return pane;
}

/** Whether the terminal is as it was, once the shell has said `done` on a line of its own: the command that says so is on the screen before. */
async function isRestored(pane: Pane, done = 'done'): Promise<boolean> {
  await pane.until(done, (rows) => rows.some((row) => row.trim() === done));
  const [before, after] = ['before', 'after'].map((name) => readFileSync(join(pane.dir, name), 'utf8'));
  return before === after;
}

function kick(hub: TestHub, target: string): void {
  const operator = { role: 'operator', name: 'server', session: null, requestId: null } as const;
  hub.daemon.hub.execute(operator, { type: 'kick', target, reason: 'enough' }, () => {});
}

await t.test('the first questions, and a name that is taken', { skip }, async (t) => {
  const hub = await startHub(t);
  await JsonPeer.enter(t, hub.port, 'ER');
  const pane = new Pane(t, 80, 20);
  for (const key of ['C-c', 'C-d']) {
    pane.enter(`clear; $NODE ${MAIN}; echo "status $?"`);
    await pane.endsWith('Enter server address [localhost]:');
    pane.press(key);
    await pane.until(`the end by ${key}`, (rows) => rows.at(-2) === 'status 0' && rows.length <= 4);
  }
  pane.enter(`USER=dora $NODE ${MAIN}`);
  await pane.endsWith('Enter server address [localhost]:');
  pane.enter('no address');
  await pane.shows('"no address" is not an address');
  pane.enter(`127.0.0.1:${hub.port}`);
  await pane.endsWith('Choose your nickname [dora]:');
  pane.enter('a b');
  await pane.shows('a nickname is letters');
  pane.enter('ER');
  await pane.shows('somebody here is called ER already');
  pane.enter('');
  await pane.endsWith('dora>');
  t.ok(hub.daemon.hub.directory.named('dora'));
  pane.press('C-d');
  await pane.endsWith('$');
});

await t.test('the input line stays while others talk, and the caret in it', { skip }, async (t) => {
  const hub = await startHub(t);
  const er = await JsonPeer.enter(t, hub.port, 'ER');
  const pane = await talking(t, hub.port);
  pane.type('half a 漢 sentence');
  pane.press('M-b', 'Left');
  await pane.endsWith('LO> half a 漢 sentence');
  for (let i = 1; i <= 60; i++) er.send({ type: 'say', text: `message ${i}` });
  const rows = await pane.until('the last message', (seen) => seen.at(-2)?.endsWith('ER: message 60'));
  t.equal(rows.at(-1), 'LO> half a 漢 sentence');
  t.equal(rows.filter((row) => row.startsWith('LO>')).length, 1, 'there is one input line');
  t.strictSame(
    pane.cursor(),
    ['LO> half a 漢'.length + 1, rows.length - 1],
    'a wide character takes two columns',
  );
  pane.type('!');
  await pane.endsWith('LO> half a 漢! sentence');
  const all = pane.everything();
  for (let i = 1; i <= 60; i++)
    t.match(all, new RegExp(`message ${i}\\n`), 'the terminal keeps what scrolled by');

  await er.ask({
    type: 'say',
    text: 'this is for lo, in rather more words than the terminal has columns, so it is wrapped',
  });
  await er.ask({ type: 'tell', to: 'LO', text: 'psst' });
  er.send({ type: 'say', text: '\u001b[2Jsafe\u202e' });
  const talk = await pane.until('all of it', (seen) => seen.at(-2)?.endsWith('ER: safe'));
  t.match(talk.slice(-5, -1), [
    /^\d\d:\d\d ER: this is for lo, in rather more words than the$/,
    /^ {6}terminal has columns/,
    /^\d\d:\d\d \[private\] ER → you: psst$/,
    /ER: safe$/,
  ]);
  t.match(
    pane.everything(),
    /\u001b\[7m\d\d:\d\d\u001b\[0m.*this is for lo/,
    'what is for the reader is marked',
  );

  pane.type(' that gets longer');
  await pane.endsWith('LO> half a 漢! that gets longer sentence');
  pane.resize(30, 20);
  const folded = await pane.until(
    'two rows of input',
    (seen) => seen.at(-2) === 'LO> half a 漢! that gets long' && seen.at(-1) === 'er sentence',
  );
  t.match(folded.at(-3), /ER: safe$/, 'nothing is left of the longer row');
  t.equal(pane.cursor()[0], 2);
  pane.resize(60, 20);
  await pane.endsWith('LO> half a 漢! that gets longer sentence');
  pane.press('C-c');
  await pane.shows('status 0');
  t.ok(await isRestored(pane));
});

await t.test('a paste, an emoji, completion, older lines, a room', { skip }, async (t) => {
  const hub = await startHub(t);
  const er = await JsonPeer.enter(t, hub.port, 'ERIC');
  const pane = await talking(t, hub.port);
  pane.paste('one\n  two\nthree');
  await pane.endsWith('LO> one⏎  two⏎three');
  pane.press('Enter');
  await er.line(({ text }) => text === 'one\n  two\nthree');
  await pane.until('the message', (rows) =>
    rows.slice(-4, -1).join('|').endsWith('LO: one|        two|      three'),
  );
  t.equal(er.lines().filter(({ type }) => type === 'message').length, 1);

  pane.type('family 👨‍👩‍👧 and flag 🇩🇪');
  await pane.endsWith('LO> family 👨‍👩‍👧 and flag 🇩🇪');
  pane.press('BSpace');
  await pane.endsWith('LO> family 👨‍👩‍👧 and flag');
  for (let i = 0; i < 11; i++) pane.press('BSpace');
  await pane.endsWith('LO> family');
  pane.press('Enter');
  await er.line(({ text }) => text === 'family');

  pane.press('Up');
  await pane.endsWith('LO> family');
  pane.press('Up');
  await pane.endsWith('LO> one⏎  two⏎three');
  pane.press('C-u');
  pane.type('@er');
  pane.press('Tab');
  await pane.endsWith('LO> @ERIC');
  pane.enter('psst');
  await er.line(({ type, text }) => type === 'private' && text === 'psst');
  await pane.shows('[private] you → ERIC: psst');
  pane.type('/h');
  pane.press('Tab');
  await pane.shows('/help  /history');
  pane.press('C-u');
  pane.type('/jo');
  pane.press('Tab');
  pane.enter('dev');
  await pane.endsWith('LO #dev>');
  pane.enter('/nonsense');
  await pane.shows('! there is no command /nonsense');
  await pane.endsWith('LO #dev> /nonsense');
  pane.press('C-u');
  pane.enter('@nobody hi');
  await pane.shows('! nobody here is called nobody');
  kick(hub, 'LO');
  await pane.shows('chat: you were kicked: enough');
  await pane.shows('status 1');
  t.ok(await isRestored(pane));
});

await t.test('the hub away and back, while typing goes on', { skip }, async (t) => {
  const hub = await startHub(t);
  const relay = await Relay.open(t, hub.port);
  const er = await JsonPeer.enter(t, hub.port, 'ER');
  const pane = await talking(t, relay.port, { before: 'NO_COLOR=1' });
  relay.mode = 'shut';
  relay.cut();
  await pane.shows('* connection lost (the hub closed it); trying again …');
  await pane.endsWith('(away) LO>');
  pane.enter('typed meanwhile');
  await pane.shows('(waiting) typed meanwhile');
  await pane.endsWith('(away, 1 waiting) LO>');
  er.send({ type: 'say', text: 'said meanwhile' });
  await er.line(({ text }) => text === 'said meanwhile');
  relay.mode = 'open';
  await pane.until('all of it', (rows) => rows.at(-2)?.endsWith('LO: typed meanwhile'));
  const rows = await pane.endsWith('LO>');
  t.match(rows.join('\n'), /\* back\n.* ER: said meanwhile\n.* LO: typed meanwhile\n/);
  t.notMatch(pane.everything(), /\u001b\[/, 'NO_COLOR is respected');
});

await t.test('stopping and going on; a signal; a crash', { skip }, async (t) => {
  const hub = await startHub(t);
  const pane = await talking(t, hub.port);
  pane.type('before');
  await pane.endsWith('LO> before');
  pane.press('C-z');
  await pane.shows('Stopped');
  pane.enter('stty -a > after; echo done');
  t.ok(await isRestored(pane), 'the shell has its terminal back');
  pane.enter('fg');
  await pane.endsWith('LO> before');
  pane.type(' and after');
  await pane.endsWith('LO> before and after');
  pane.press('C-z');
  await pane.until('stopped again', (rows) => rows.filter((row) => row.includes('Stopped')).length === 2);
  pane.enter('fg & sleep 0.1; kill %1; fg; stty -a > after; echo done again');
  t.ok(await isRestored(pane, 'done again'));

  const crash = `--import 'data:text/javascript,process.on("SIGUSR2",()=>{throw(new(Error)("boom"))})'`;
  const crashing = await talking(t, hub.port, { node: crash, nick: 'ER' });
  crashing.press('C-z');
  await crashing.shows('Stopped');
  crashing.enter('kill -USR2 %1; fg; stty -a > after; echo done');
  await crashing.shows('Error: boom');
  t.ok(await isRestored(crashing));
});
