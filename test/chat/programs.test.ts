// The program over pipes and as JSON lines, as scripts and bots use it: what goes in, what comes out, and how it exits.

import t from 'tap';
import { VERSION } from '../../src/control/version.ts';
import { startHub, temporaryDirectory } from '../support/daemon.ts';
import { JsonPeer } from '../support/peers.ts';
import { start } from './support/program.ts';
import { Relay } from './support/relay.ts';
import { scriptedHub } from './support/scripted-hub.ts';

await t.test('the command line', async (t) => {
  const run = async (...args: string[]): Promise<[number | string, string, string]> => {
    const program = start(t, ...args).end('');
    return [await program.ended, program.out, program.errors];
  };
  t.strictSame(await run('--version'), [0, `chat ${VERSION}\n`, '']);
  const [status, help] = await run('--help');
  t.equal(status, 0);
  t.match(help, /chat \[HOST\[:PORT\] \| LINK\] \[--nick NAME\] \[--room ROOM\] \[--json\]/);
  const wrong = await Promise.all([
    run(),
    run('--wrong'),
    run('a', 'b'),
    run('a:b'),
    run('a', '--nick', 'x y'),
    run('a', '--nick'),
  ]);
  t.strictSame(
    wrong.map(([code]) => code),
    wrong.map(() => 2),
  );
  const said = wrong.map(([, , errors]) => errors);
  t.match(said, [
    /^chat: which hub\? give its address: chat HOST\[:PORT\]\n$/,
    /wrong/,
    /"b" is one word too many/,
    /"a:b" is not an address/,
    /a nickname is letters/,
    /nick/,
  ]);
  for (const each of said) t.match(each, /^chat: .*\n$/, 'one line');
});

await t.test('each line of a pipe is said, and at its end all is acknowledged', async (t) => {
  const hub = await startHub(t);
  const er = await JsonPeer.enter(t, hub.port, 'ER');
  const program = start(t, `127.0.0.1:${hub.port}`).end(
    'hello\n\n@er psst\r\n/join dev\nin the room\n/topic\n  the rest',
  );
  t.equal(await program.ended, 0);
  t.strictSame(
    program.said().filter((line) => !line.endsWith('joined')),
    [
      'dora: hello',
      '[private] you → ER: psst',
      'dora joined #dev',
      '#dev dora: in the room',
      '#dev dora:   the rest',
    ],
  );
  t.match(program.out, /\n {6}#dev has no topic\n/);
  t.match(
    program.errors,
    /^chat: first contact with .*: its key is sha256-.*\nchat: connected to test as dora; \/help lists the commands\n$/,
  );
  t.notMatch(program.out, /\u001b/);
  await er.line(({ type, text }) => type === 'private' && text === 'psst');
  await er.line(({ type, from }) => type === 'leave' && from === 'dora');

  const refused = start(t, `127.0.0.1:${hub.port}`, '--nick', 'LO', '--room', 'dev').end(
    `@nobody hi\n${'x'.repeat(5000)}\nin dev\n`,
  );
  t.equal(await refused.ended, 1, 'a refusal can be told by the status');
  t.match(refused.errors, /chat: nobody here is called nobody/);
  t.match(refused.errors, /chat: a text has at most 4096 characters, this one 5000: send it in parts/);
  t.ok(refused.said().includes('#dev LO: in dev'));

  const taken = start(t, `127.0.0.1:${hub.port}`, '-n', 'er').end('hi');
  t.equal(await taken.ended, 1);
  t.match(
    taken.errors,
    /^chat: first contact .*\nchat: somebody here is called er already: choose another name\n$/,
    'what was told before is not lost',
  );
});

await t.test('pipes: a kick, a hub that is gone, signals, and a reader that is gone', async (t) => {
  const hub = await startHub(t);
  const kicked = start(t, `127.0.0.1:${hub.port}`);
  const terminated = start(t, `127.0.0.1:${hub.port}`, '--nick', 'TE');
  const interrupted = start(t, `127.0.0.1:${hub.port}`, '--nick', 'IN', '--json');
  const unread = start(t, `127.0.0.1:${hub.port}`, '--nick', 'UN');
  await Promise.all(
    [kicked, terminated, unread].map((each) =>
      each.until('the entrance', () => each.errors.includes('connected')),
    ),
  );
  await interrupted.until('the entrance', () => interrupted.out.includes('"welcome"'));
  const operator = { role: 'operator', name: 'server', session: null, requestId: null } as const;
  hub.daemon.hub.execute(operator, { type: 'kick', target: 'dora', reason: 'enough' }, () => {});
  t.equal(await kicked.ended, 1);
  t.match(kicked.errors, /chat: you were kicked: enough\n$/);
  terminated.child.kill('SIGTERM');
  t.equal(await terminated.ended, 143);
  interrupted.child.kill('SIGINT');
  t.equal(await interrupted.ended, 130);
  unread.child.stdout.destroy();
  const er = await JsonPeer.enter(t, hub.port, 'ER');
  er.send({ type: 'say', text: 'to nobody' });
  t.equal(await unread.ended, 0);
  for (const nick of ['TE', 'IN', 'UN']) {
    t.notOk(hub.daemon.hub.directory.named(nick), `${nick} said goodbye`);
  }
  const { port } = hub;
  await hub.stop();
  const alone = start(t, `127.0.0.1:${port}`).end('hi');
  t.equal(await alone.ended, 3);
  t.equal(
    alone.errors,
    `chat: nothing listens at 127.0.0.1:${port}: check the address, or start the hub there\n`,
  );
  const nowhere = start(t, 'no-such-host.invalid').end('hi');
  t.equal(await nowhere.ended, 3);
  t.match(nowhere.errors, /^chat: (?:there is no host called|the name) no-such-host\.invalid/);
});

await t.test('lines over a pipe survive a hub that is started again', async (t) => {
  const dir = temporaryDirectory(t);
  const first = await startHub(t, {}, dir);
  const relay = await Relay.open(t, first.port);
  const program = start(t, `127.0.0.1:${relay.port}`);
  program.child.stdin.write('before\n');
  await program.until('the first', () => program.said().includes('dora: before'));
  await first.stop();
  await program.until('the loss', () => program.errors.includes('connection lost (the hub is stopping'));
  program.end('meanwhile\nand after\n');
  const second = await startHub(t, {}, dir);
  relay.target = second.port;
  t.equal(await program.ended, 0);
  t.match(program.errors, /chat: back\n/);
  t.strictSame(
    program.said().filter((line) => line.startsWith('dora: ')),
    ['dora: before', 'dora: meanwhile', 'dora: and after'],
  );
});

await t.test('JSON lines both ways', async (t) => {
  const hub = await startHub(t);
  const relay = await Relay.open(t, hub.port);
  const er = await JsonPeer.enter(t, hub.port, 'ER');
  const bot = start(t, `127.0.0.1:${relay.port}`, '--nick', 'bot', '--room', 'dev', '--json');
  await bot.until('the welcome', () => bot.json().some(({ type }) => type === 'welcome'));
  bot.child.stdin.write(
    '{"type":"say","text":"hello","id":"1"}\nno json\n[1]\n{"type":"nonsense","id":"2"}\n',
  );
  await bot.until('the answers', () => bot.json().some(({ id }) => id === '2'));
  await bot.until('the ok', () => bot.json().some(({ type, id }) => type === 'ok' && id === '1'));
  await er.line(({ text }) => text === 'hello');
  const lines = bot.json();
  t.equal(lines[0]?.['type'], 'welcome');
  t.ok(lines.some(({ type, log }) => type === 'join' && log === '#dev'));
  t.equal(lines.filter(({ code, id }) => code === 'bad-json' && id === undefined).length, 2);
  t.match(
    lines.find(({ id }) => id === '2'),
    { type: 'error', code: 'unknown-type' },
  );

  // The answer is lost with the connection: asked again, it was done once.
  relay.mode = 'mute';
  bot.child.stdin.write('{"type":"say","text":"once","id":"3"}\n');
  await er.line(({ text }) => text === 'once');
  await er.ask({ type: 'say', text: 'meanwhile' });
  relay.mode = 'shut';
  relay.cut();
  await bot.until('the loss', () => bot.errors.includes('connection lost'));
  bot.child.stdin.write('{"type":"say","text":"later","id":"4"}\n');
  relay.mode = 'open';
  await er.line(({ text }) => text === 'later');
  await bot.until('the last answer', () => bot.json().some(({ type, id }) => type === 'ok' && id === '4'));
  bot.end('{"type":"say","text":"last","id":"5"}');
  t.equal(await bot.ended, 0);
  const texts = bot.json().flatMap(({ type, text }) => (type === 'message' ? [text] : []));
  t.strictSame(texts, ['hello', 'once', 'meanwhile', 'later', 'last']);
  t.equal(bot.json().filter(({ type, id }) => type === 'ok' && id === '3').length, 1);
  t.match(bot.json().at(-1), { type: 'bye', code: 'quit' });
  t.notMatch(bot.out, /"chat:/, "what chat asks for itself is not the bot's business");
  t.equal(er.lines().filter(({ text }) => text === 'once').length, 1);

  const taken = start(t, `127.0.0.1:${hub.port}`, '--nick', 'ER', '--json').end('');
  t.equal(await taken.ended, 1);
  t.match(taken.json(), [{ type: 'error', code: 'nick-taken' }]);

  const original = await scriptedHub(t);
  const lost = start(t, `127.0.0.1:${original.port}`, '--json', '--plain').end('');
  (await original.visit()).socket.write('NICKNAME');
  t.equal(await lost.ended, 1);
  t.match(lost.errors, /does not speak JSON: leave out --json/);
});
