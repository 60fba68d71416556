// Keys and links as a person meets them: on the command line, in their own files, and in what the program says.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parseTarget } from '../../src/chat/join-link.ts';
import { checkFit, readInvocation } from '../../src/chat/options.ts';
import { startHub, temporaryDirectory } from '../support/daemon.ts';
import { Program, start } from './support/program.ts';

const PIN = `sha256-${'A'.repeat(43)}`;

await t.test('what a command line cannot ask for', async (t) => {
  for (const [args, message] of [
    [['a', '--plain', '--password'], /over plain text nobody signs in/],
    [['a', '--plain', '--identity', 'b'], /over plain text nobody signs in/],
    [['a', '--no-key', '--identity', 'b'], /a key, a password or nothing/],
    [['chat://a/dev'], /"chat:\/\/a\/dev" is no join link, it does not end in a whole fingerprint/],
    [[`chat://a/dev#${PIN.slice(1)}`], /is no join link/],
    [[`chat://a/d%20v#${PIN}`], /its room is none/],
    [[`chat://a/%ff#${PIN}`], /its room is none/],
    [[`chat://a?invite=a/b#${PIN}`], /its invitation is not whole/],
    [[`chat://a:0#${PIN}`], /is not an address/],
    [['--forget'], /which hub\? chat --forget HOST/],
    [['--accept', PIN], /which hub\?/],
    [['a', '--accept', 'sha256-'], /"sha256-" is no fingerprint/],
  ] as const) {
    t.throws(() => readInvocation(args, '0', 80), { name: 'Ending', status: 2, message }, args.join(' '));
  }
  t.strictSame(parseTarget(`chat://[::1]:99/D%C3%A9v?invite=t-1#${PIN}`), {
    address: { host: '::1', port: 99 },
    room: '#dév',
    pin: PIN,
    invite: 't-1',
  });
  t.strictSame(parseTarget(`CHAT://hub#${PIN}`).address, { host: 'hub', port: 3040 });
  const link = parseTarget(`chat://a?invite=i#${PIN}`);
  t.throws(() => checkFit('plain', link), { status: 2, message: /a link is for TLS: leave out --plain/ });
  t.throws(() => checkFit({ signIn: { by: 'nothing' } }, link), { message: /leave out --no-key/ });

  const wrong = [
    start(t, `chat://a#${PIN}`, '--plain'),
    start(t, 'a', '--password'),
    start(t, 'a', '--password-file', '/nowhere/at/all'),
    start(t, 'a', '--identity', '/nowhere/at/all'),
  ];
  t.strictSame(await Promise.all(wrong.map((program) => program.end('').ended)), [2, 2, 2, 2]);
  t.match(
    wrong.map(({ errors }) => errors),
    [
      /a link is for TLS/,
      /no terminal to ask for the password on: set CHATROOM_PASSWORD, or --password-file/,
      /the password in \/nowhere\/at\/all cannot be read \(ENOENT\)/,
      /there is no \/nowhere\/at\/all: make a key by openssl genpkey/,
    ],
  );
});

await t.test('keys, on the command line and in the files of a person', async (t) => {
  const hub = await startHub(t);
  const address = `127.0.0.1:${hub.port}`;
  const config = temporaryDirectory(t);
  const file = (name: string): string => readFileSync(join(config, 'chatroom', name), 'utf8');
  const run = async (...args: string[]): Promise<[number | string, string, string]> => {
    const program = new Program(t, config, args).end('hi\n');
    return [await program.ended, program.out, program.errors];
  };
  const [status, , errors] = await run(address);
  t.equal(status, 0);
  const { 1: pin = '' } = /its key is (sha256-[\w-]{43}), kept in/.exec(errors) ?? [];
  t.equal(file('known_hubs'), `${address} ${pin}\n`);
  const [, shown] = await run('--show-key');
  t.match(shown, /^[\w-]{43}\n$/);
  t.match(file('id_ed25519'), /BEGIN PRIVATE KEY/);
  t.match(await run('--show-key', '--identity', join(config, 'chatroom/id_ed25519')), [0, shown]);
  t.notMatch((await run(address))[2], /key/, 'the second time there is nothing to say');

  t.match(await run(`chat://${address}/dev#${pin}`), [0, /dora joined #dev[^]*#dev dora: hi/]);
  t.match(await run(`chat://${address}#${PIN}`), [4, '', /THE LINK NAMES ANOTHER KEY/]);
  t.match(await run('--accept', PIN, address), [0, `${address} is known by ${PIN} from now on\n`]);
  const [refused, , warning] = await run(address);
  t.equal(refused, 4);
  const [, command = ''] = /^ {2}chat (--accept .*)$/m.exec(warning) ?? [];
  t.equal(command, `--accept ${pin} ${address}`, 'the warning says the very command');
  t.match(await run(...command.split(' ')), [0]);
  t.match(await run(address), [0]);
  t.match(await run('--forget', address), [0, `its key was ${pin}`]);
  t.match(await run('--forget', address), [0, `${address} is not known\n`]);
  t.match(await run(address, '--json', '--no-key', '--nick', 'dan'), [0, /"welcome"/, /first contact/]);

  const known = join(config, 'chatroom/known_hubs');
  writeFileSync(known, 'what is this\n');
  t.match(await run(address), [2, '', `line 1 of ${known} is not HOST[:PORT] and fingerprints`]);
  t.match(await run(address, '--plain', '--nick', 'dan'), [0, /dan: hi/], 'plain text needs no keys');
});
