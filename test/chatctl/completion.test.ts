// Completion as bash and zsh get it: the scripts are run by the shells themselves, against a real hub.

import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { startRig, temporaryDirectory } from '../control/rig.ts';
import { chatctl, MAIN, type Ran, run, told } from './run.ts';

await t.test('what is offered', async (t) => {
  const { path, member, hub, acts } = await startRig(t);
  const lo = await member('LO');
  for (const nick of ['Lola', 'ER', '日本']) await member(nick);
  hub.request(lo.session, { type: 'join', room: '#dev' }, null, () => {});
  const cases: readonly [typed: string[], offered: string[]][] = [
    [['wh'], ['who']],
    [['l'], ['link', 'list', 'lockdown', 'log-level']],
    [
      ['kick', ''],
      ['ER', 'LO', 'Lola', '日本'],
    ],
    [
      ['kick', 'lo'],
      ['LO', 'Lola'],
    ],
    [['kick', '+'], [...hub.directory.sessions()].map(({ id }) => id)],
    [['kick', 'LO', ''], []],
    [['kick', '--r'], ['--reason']],
    [['kick', '--reason', ''], []],
    [
      ['drain', '--cancel', '--'],
      ['--cancel', '--help', '--in', '--json', '--socket', '--text'],
    ],
    [['drain', '--cancel', '--i'], ['--in']],
    [['b'], ['backup', 'ban', 'bans', 'broadcast']],
    [['--json', 'kick', 'E'], ['ER']],
    [['broadcast', '--to', '日'], ['日本']],
    [
      ['notice', '--room', ''],
      ['dev', 'lobby'],
    ],
    [['history', '#l'], ['#lobby']],
    [['history', '-n', ''], []],
    [
      ['log-level', ''],
      ['debug', 'error', 'info', 'warn'],
    ],
    [['completion', 'z'], ['zsh']],
    [['moon', ''], []],
  ];
  const all = await Promise.all(cases.map(([typed]) => chatctl(path, ['__complete', ...typed])));
  all.forEach((ran, at) => {
    const [typed = [], offered = []] = cases[at] ?? [];
    t.same(
      ran,
      { code: 0, signal: null, out: offered.map((word) => `${word}\n`).join(''), err: '' },
      typed.join(' '),
    );
  });
  told(t, await chatctl('/nonexistent', ['__complete', '--socket', path, 'kick', 'E']), {
    code: 0,
    out: 'ER\n',
  });
  told(
    t,
    await chatctl('/nonexistent', ['__complete', 'kick', '']),
    { code: 0, out: '', err: '' },
    'silent without a hub',
  );
  told(t, await chatctl('/nonexistent', ['__complete']), { code: 0, err: '' });
  t.same(acts, [], 'looking is no act');
});

await t.test('only plain words are offered, whatever the hub answers', async (t) => {
  const { path } = await startRig(t, {
    seed: (store) =>
      store.append({
        logs: ['#$(reboot)', '#a b', '#`x`', '#\u001b[2J', '#fine'].map((name) => ({
          name,
          epoch: 'e',
          topic: 'old',
        })),
        entries: [],
        requests: [],
        sessions: [],
        ended: [],
        facts: [],
      }),
  });
  told(t, await chatctl(path, ['__complete', 'history', '']), { code: 0, out: 'fine\n', err: '' });
});

/** Runs `script` in a shell in which `chatctl` is a command. */
async function inShell(dir: string, shell: string, script: string, control: string): Promise<Ran> {
  const command = join(dir, 'chatctl');
  writeFileSync(command, `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`);
  chmodSync(command, 0o755);
  const env = { CHATROOM_CONTROL: control, PATH: `${dir}:${process.env['PATH']}` };
  return run(shell, shell === 'zsh' ? ['-fc', script] : ['--norc', '-c', script], { env });
}

const missing = (shell: string): string | false =>
  spawnSync(shell, ['-c', 'true']).error !== undefined && `there is no ${shell} here`;

await t.test('in bash', { skip: missing('bash') }, async (t) => {
  const { path, member } = await startRig(t);
  await member('LO');
  const dir = temporaryDirectory(t);
  const script = `
    source <(chatctl completion bash) && complete -p chatctl
    try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _chatctl; echo "$1..$#: \${COMPREPLY[*]}"; }
    try chatctl hist
    try chatctl kick l
    try chatctl kick LO --rea
    try chatctl --socket ${dir}/chat
    CHATROOM_CONTROL=/nonexistent try chatctl kick ''
  `;
  t.same(await inShell(dir, 'bash', script, path), {
    code: 0,
    signal: null,
    out: `complete -F _chatctl chatctl\nchatctl..2: history\nchatctl..3: LO\nchatctl..4: --reason\nchatctl..3: ${dir}/chatctl\nchatctl..3: \n`,
    err: '',
  });
});

await t.test('in zsh', { skip: missing('zsh') }, async (t) => {
  const { path, member } = await startRig(t);
  await member('LO');
  const dir = temporaryDirectory(t);
  // Outside its line editor zsh has no compadd: this one tells what it is given.
  const script = `
    compdef() { print -- "compdef $*"; }
    source <(chatctl completion zsh)
    compadd() { print -- "\${(P)@[-1]}"; }
    try() { words=("$@"); CURRENT=$#; _chatctl; }
    try chatctl hist
    try chatctl kick l
    CHATROOM_CONTROL=/nonexistent try chatctl kick ''
  `;
  t.same(await inShell(dir, 'zsh', script, path), {
    code: 0,
    signal: null,
    out: 'compdef _chatctl chatctl\nhistory\nLO\n\n',
    err: '',
  });
});
