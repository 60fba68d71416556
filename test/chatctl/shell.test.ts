// chatctl between a shell, a terminal and a hub that may not be there: exit statuses, hints, pipes, colours, and hostile text.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { SYSTEM_CONTROL_SOCKET } from '../../src/control/paths.ts';
import { startRig, temporaryDirectory, until } from '../control/rig.ts';
import { AS_NOBODY, cannotDrop, chatctl, environment, MAIN, run, told } from './run.ts';

await t.test('wrong usage is exit 2, with the right usage', async (t) => {
  const { path, acts } = await startRig(t);
  const cases: readonly [args: string[], err: RegExp][] = [
    [[], /what shall I do\? chatctl --help lists the verbs/],
    [['kik', 'ER'], /there is no verb "kik"\. Did you mean kick\? chatctl --help lists them/],
    [['constructor'], /there is no verb "constructor"\. chatctl --help/],
    [['--jsn'], /unknown argument: jsn: chatctl --help/],
    [['kick'], /something is missing: the usage is chatctl kick NAME\|ID \[--reason TEXT\]/],
    [['kick', 'a', 'b'], /"b" is too much: the usage is/],
    [['kick', 'a', '--resaon', 'x'], /unknown argument: resaon: the usage is chatctl kick/],
    [['kick', 'a', '--reason'], /--reason needs a value/],
    [['kick', 'a', '--reason='], /--reason needs a value/],
    [['drain', '--in', 'soon'], /--in takes a time such as 90s, 5m or 1h, not soon/],
    [['drain', '--in', '60s', '--cancel'], /--cancel stands alone/],
    [
      ['drain', 'now'],
      /"now" is too much: the usage is chatctl drain \[--in TIME\] \[--text TEXT\] \[--cancel\]/,
    ],
    [['who', '--socket', 'x'.repeat(120)], /may have 107: choose a shorter one/],
    [['completion', 'fish'], /choose one of bash, zsh/],
  ];
  const results = await Promise.all(cases.map(([args]) => chatctl(path, args)));
  results.forEach((result, at) =>
    told(t, result, { code: 2, out: '', err: cases[at]?.[1] ?? /^$/ }, `chatctl ${cases[at]?.[0].join(' ')}`),
  );
  const json = await chatctl(path, ['kik', '--json']);
  t.match(JSON.parse(json.err), { error: { code: 'usage', text: /Did you mean kick/ } });
  const [help, ofVerb, version] = await Promise.all([
    chatctl(path, ['--help']),
    chatctl(path, ['kick', '--help']),
    chatctl(path, ['--version']),
  ]);
  told(t, help, {
    code: 0,
    err: '',
    out: /kick NAME\|ID \[--reason TEXT\]\n {6}End a session\n[^]*also: broadcast[^]*Exit status:/,
  });
  told(t, ofVerb, {
    code: 0,
    out: /^chatctl kick NAME\|ID \[--reason TEXT\]\n[^]*--reason +told to the one who is kicked/,
  });
  told(t, version, { code: 0, out: /^chatctl \d/ });
  t.same(acts, [], 'nothing of it was done');
});

await t.test('no hub is exit 3, and says how to start one', async (t) => {
  const dir = temporaryDirectory(t);
  const none = await chatctl(join(dir, 'none.sock'), ['who']);
  told(t, none, {
    code: 3,
    out: '',
    err: /^chatctl: chatroom is not running: systemctl start chatroom\n {2}\(by hand: npm start or chatroomd; looked for it at .*none\.sock;/,
  });
  const json = await chatctl(join(dir, 'none.sock'), ['who', '--json']);
  told(t, json, { code: 3, out: '' });
  t.match(JSON.parse(json.err), { error: { code: 'not-running', text: /systemctl start chatroom/ } });
  told(t, await chatctl(join(dir, 'none.sock'), ['version']), {
    code: 3,
    out: /^chatctl \d\S*\n$/,
    err: /not running/,
  });

  // Something listens, and is no hub: it hangs up, or speaks another language.
  const server = createServer((socket) =>
    socket.once('data', () => socket.end('220 mail.example ESMTP\r\n')),
  );
  await new Promise<void>((resolve) => server.listen(join(dir, 'other.sock'), resolve));
  t.teardown(() => server.close());
  told(t, await chatctl(join(dir, 'other.sock'), ['who']), {
    code: 3,
    err: /does not answer .*systemctl status chatroom/,
  });
});

const installed = existsSync(SYSTEM_CONTROL_SOCKET) && 'a hub runs on this machine: it would be found first';

await t.test(
  'the hub is found in the usual places, or where it is said to be',
  { skip: installed },
  async (t) => {
    const { path, member } = await startRig(t);
    await member('LO');
    const dir = temporaryDirectory(t);
    told(t, await run(process.execPath, [MAIN, 'who', '--socket', path]), { code: 0, out: /LO/ });
    told(
      t,
      await chatctl(join(dir, 'none'), ['who', '--socket', path]),
      { code: 0, out: /LO/ },
      'the flag counts more',
    );
    mkdirSync(join(dir, 'chatroom'));
    symlinkSync(path, join(dir, 'chatroom/control.sock'));
    told(t, await run(process.execPath, [MAIN, 'who'], { env: { XDG_RUNTIME_DIR: dir } }), {
      code: 0,
      out: /LO/,
    });
    told(t, await run(process.execPath, [MAIN, 'who'], { env: { XDG_RUNTIME_DIR: join(dir, 'x') } }), {
      code: 3,
    });
  },
);

await t.test('no permission is exit 4, and says how to get it', { skip: cannotDrop() }, async (t) => {
  const { path, member } = await startRig(t);
  await member('LO');
  const dir = join(path, '..');
  chmodSync(dir, 0o755);
  const denied = (...args: string[]): ReturnType<typeof run> =>
    run('setpriv', [...AS_NOBODY, ...args], { env: { CHATROOM_CONTROL: path } });
  told(t, await denied('who'), {
    code: 4,
    out: '',
    err: /^chatctl: no permission to open .*control\.sock: run as root or join group chatroom: usermod -aG chatroom \$USER\n/,
  });
  const json = await denied('kick', 'LO', '--json');
  t.match(JSON.parse(json.err), { error: { code: 'no-permission' } });
  t.equal(json.code, 4);
  const open = await startRig(t, { group: '65534' });
  chmodSync(join(open.path, '..'), 0o755);
  told(
    t,
    await run('setpriv', [...AS_NOBODY, 'who', '--socket', open.path]),
    { code: 0, err: '' },
    'a member of its group has it',
  );
});

await t.test('watch: lines as they come, until its reader, its user or the hub has had enough', async (t) => {
  const { path, member, say, hub, server } = await startRig(t);
  const lo = await member('LO');
  const watching = (): Promise<void> => until(async () => hub.watchers.size === 1);
  const start = (command: string): ReturnType<typeof spawn> =>
    spawn('bash', ['-c', command, process.execPath, MAIN, path], {
      env: environment({ CHATROOM_CONTROL: path }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });

  const head = start('set -o pipefail; "$0" "$1" watch | head -n 2; echo "=> ${PIPESTATUS[0]}"');
  const headSaid = [text(head.stdout as NodeJS.ReadableStream), text(head.stderr as NodeJS.ReadableStream)];
  await watching();
  await say(lo, ['one', 'two\nlines']);
  await until(async () => {
    await say(lo, ['more']);
    return hub.watchers.size === 0;
  });
  const [out = '', err = ''] = await Promise.all(headSaid);
  t.match(out, /^\d\d:\d\d:\d\d #lobby LO: one\n\S+ #lobby LO: two lines\n=> 0\n$/);
  t.equal(err, '', 'a closed pipe is a quiet end');

  const json = start('exec "$0" "$1" watch --json');
  const jsonOut = text(json.stdout as NodeJS.ReadableStream);
  await watching();
  await say(lo, ['three']);
  await member('ER');
  await once(json.stdout as NodeJS.ReadableStream, 'readable');
  const interrupted = once(json, 'exit');
  await until(async () => json.stdout?.readableFlowing !== null);
  json.kill('SIGINT');
  t.same(await interrupted, [null, 'SIGINT']);
  t.match(JSON.parse((await jsonOut).split('\n')[0] ?? ''), {
    kind: 'message',
    log: '#lobby',
    text: 'three',
    seq: Number,
  });

  const last = start('exec "$0" "$1" watch');
  const lastErr = text(last.stderr as NodeJS.ReadableStream);
  await until(async () => hub.watchers.size === 1);
  const exit = once(last, 'exit');
  await server.close();
  t.same(await exit, [3, null]);
  t.match(await lastErr, /^chatctl: chatroom has stopped/);
});

await t.test('nothing a user wrote can act on the terminal', async (t) => {
  const evil = 'a\u001b]0;owned\u0007b\u001b[2Jc\u009b31md\u202ee\r\u0000f\u200bg';
  const account = {
    name: evil,
    keys: [evil],
    password: null,
    role: 'user',
    origin: 'claim',
    disabled: false,
    createdAt: 1,
    seenAt: 1,
    read: 0,
  };
  const { path, member, hub } = await startRig(t, {
    // A store that something else has written to: the hub itself keeps no such text.
    seed: async (store) => {
      await store.append({
        logs: [{ name: '#evil', epoch: 'e', topic: evil }],
        entries: [{ log: '#evil', seq: 1, at: 1, kind: 'message', from: evil, to: '', text: evil }],
        requests: [],
        sessions: [{ id: evil, token: 't', nick: evil, client: evil, account: '', since: 1, places: [] }],
        ended: [],
        facts: [{ kind: 'account', key: 'a', value: JSON.stringify(account) }],
      });
    },
  });
  const lo = await member('LO', evil);
  hub.request(lo.session, { type: 'join', room: '#evil' }, null, () => {});
  const [rooms, history, kick, ...json] = await Promise.all([
    chatctl(path, ['rooms']),
    chatctl(path, ['history', 'evil']),
    chatctl(path, ['kick', evil.replace('\u0000', '')]),
    chatctl(path, ['rooms', '--json']),
    chatctl(path, ['history', 'evil', '--json']),
    chatctl(path, ['who', '--json']),
    chatctl(path, ['kick', evil.replace('\u0000', ''), '--json']),
    chatctl(path, ['who']),
    chatctl(path, ['user', 'list']),
    chatctl(path, ['user', 'list', '--json']),
    chatctl(path, ['user', 'show', evil.replace('\u0000', '')]),
    chatctl(path, ['lockdown', evil.replace('\u0000', '')]),
  ]);
  t.match(rooms.out, /^#evil {4}1 .*abcd?e ?fg$/m);
  for (const { out, err } of [rooms, history, kick, ...json]) {
    t.notMatch(out + err, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u202e]/);
  }
  t.match(
    JSON.parse(json[0]?.out ?? ''),
    { rooms: [{ room: '#evil', topic: evil }, { room: '#lobby' }] },
    'JSON tells it exactly',
  );
  const { users } = JSON.parse(json[2]?.out ?? '') as { users: { nick: string; client: string }[] };
  t.match(
    users.toSorted((a) => (a.nick === 'LO' ? 1 : -1)),
    [
      { nick: evil, client: evil },
      { nick: 'LO', client: evil },
    ],
  );
  t.match(json[4]?.out, /^abcd?e ?fg +/m, 'a name in the table of people');
  t.match(json[5]?.out, /^abcd?e ?fg +/m, 'and in that of accounts');
});

const noTerminal =
  spawnSync('script', ['--version']).error !== undefined && 'there is no script(1) to make a terminal';

await t.test('on a terminal the header is bold and lines fit', { skip: noTerminal }, async (t) => {
  const { path, member, hub } = await startRig(t);
  const onTerminal = (
    columns: number,
    args: string,
    env: Record<string, string> = {},
  ): ReturnType<typeof run> =>
    run(
      'script',
      ['-qec', `stty cols ${columns} rows 24; "${process.execPath}" "${MAIN}" ${args}`, '/dev/null'],
      {
        env: { CHATROOM_CONTROL: path, TERM: 'xterm', ...env },
      },
    );
  told(t, await onTerminal(80, 'who'), { code: 0, out: 'nobody is here\r\n' });
  const lo = await member('LO');
  hub.request(lo.session, { type: 'topic', room: '#lobby', text: '日本語'.repeat(60) }, null, () => {});
  const [wide, narrow, plain, dumb, json] = await Promise.all([
    onTerminal(200, 'who'),
    onTerminal(41, 'rooms'),
    onTerminal(200, 'who', { NO_COLOR: '1' }),
    onTerminal(200, 'who', { TERM: 'dumb' }),
    onTerminal(80, 'who --json'),
  ]);
  t.match(wide.out, /^\u001b\[1mNAME .*ROOMS\u001b\[22m\r\nLO /);
  t.match(narrow.out, /\r\n#lobby {3}1 {9}2 {9}日本語日本…\r\n$/);
  for (const { out } of [plain, dumb]) t.match(out, /^NAME .*ROOMS\r\nLO /);
  t.match(json.out, /^\{\r\n {2}"users": \[\r\n/, 'indented for a person');
});
