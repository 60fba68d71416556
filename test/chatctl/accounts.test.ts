// chatctl's verbs about accounts and invites, against a real hub: what an operator types, and what a person can do after it.

import { spawn } from 'node:child_process';
import t from 'tap';
import { startHub } from '../support/daemon.ts';
import { KeyPeer, Person } from '../support/people.ts';
import { JsonPeer } from '../support/peers.ts';
import { chatctl, environment, MAIN, type Ran, type RunSetup, told } from './run.ts';

const SECRET = 'correct horse battery';

await t.test('user: made, shown, changed and removed', async (t) => {
  const hub = await startHub(t, { access: 'closed' });
  const user = (args: readonly string[], setup: RunSetup = {}): Promise<Ran> =>
    chatctl(hub.control, ['user', ...args], setup);
  told(t, await user(['add', 'LO'], { input: `${SECRET}\n` }), { code: 0, out: /the account LO is made/ });
  told(t, await user(['add', 'lo'], { input: `${SECRET}\n` }), { code: 1, err: /belongs to an account/ });
  told(t, await user(['add', 'X'], { input: 'short\n' }), { code: 1, err: /8 to 256 characters/ });
  told(t, await user(['add', 'X']), { code: 2, err: /a password is wanted/ });
  const er = new Person();
  told(t, await user(['add', 'ER', `--key=${er.key}`, '--role', 'moderator']), { code: 0 });
  told(t, await user(['list']), { code: 0, out: /LO +user +password .*\n.*ER +moderator +key /s });

  const lo = await JsonPeer.open(t, hub.port);
  t.match(await lo.hello('LO', { auth: { password: SECRET } }), {
    type: 'welcome',
    account: 'LO',
    role: 'user',
  });
  const peer = await KeyPeer.dial(t, hub.port);
  t.match(await peer.signIn('ER', er), { type: 'welcome', account: 'ER', role: 'moderator' });
  t.match(await peer.ask({ type: 'kick', to: 'LO', text: 'spam' }), { type: 'ok' });
  await lo.line(({ type }) => type === 'bye');

  told(t, await user(['passwd', 'LO'], { input: 'another horse\n' }), { code: 0 });
  told(t, await user(['role', 'LO', 'operator']), { code: 0, out: /LO is operator now/ });
  told(t, await user(['role', 'LO', 'king']), { code: 2, err: /a role is one of/ });
  const again = await JsonPeer.open(t, hub.port);
  t.match(await again.hello('LO', { auth: { password: 'another horse' } }), { role: 'operator' });
  told(t, await user(['disable', 'LO']), { code: 0 });
  t.match(await again.line(({ type }) => type === 'bye'), { text: /disabled/ });
  told(t, await user(['show', 'LO']), { code: 0, out: /seen +disabled/ });
  told(t, await user(['enable', 'LO']), { code: 0 });
  // One key in 64 begins so.
  const phone = '-VN0VJPmR2TMVaN7y22uBGuT69nBdUgq-jdRIe1XQ7E';
  told(t, await user(['add-key', 'LO', phone]), { code: 2, err: /begins with - goes after --/ });
  told(t, await user(['add-key', 'LO', '--', phone]), { code: 0 });
  told(t, await user(['show', 'LO']), { code: 0, out: new RegExp(phone) });
  told(t, await user(['del-key', 'LO', '--', phone]), { code: 0 });
  told(t, await user(['del', 'LO']), { code: 0 });
  told(t, await user(['del', 'LO']), { code: 1, err: /no account has the name LO/ });
  told(t, await user(['show', 'LO']), { code: 1 });
  told(t, await user(['rule', 'LO']), { code: 2 });
  told(t, await user(['del']), { code: 2, err: /whose/ });
  const json = await user(['list', '--json']);
  t.match(JSON.parse(json.out), { accounts: [{ name: 'ER', hasPassword: false, keys: [er.key] }] });
  t.match(hub.logged(), /user-add/);
  t.notMatch(
    hub.logged() + json.out,
    /horse|argon2/,
    'no password in the log, nor what it is checked by in an answer',
  );
});

await t.test('a password is typed twice, and not shown', { skip: noScript() }, async (t) => {
  const hub = await startHub(t);
  const typed = async (answers: readonly string[]): Promise<string> => {
    const words = [process.execPath, MAIN, 'user', 'add', 'LO'].join(' ');
    const env = { ...environment({ CHATROOM_CONTROL: hub.control }), TERM: 'dumb' };
    const child = spawn('script', ['-qec', words, '/dev/null'], { env });
    t.teardown(() => child.kill('SIGKILL'));
    let text = '';
    let asked = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const questions = text.match(/Password: |again: /g)?.length ?? 0;
      if (questions > asked) child.stdin.write(`${answers[asked++]}\r`);
    });
    await new Promise((resolve) => void child.once('close', resolve));
    return text;
  };
  t.match(await typed([SECRET, 'something else']), /differ/);
  const text = await typed([SECRET, `wrong\u0015x\u007f${SECRET}`]);
  t.match(text, /the account LO is made/);
  t.notMatch(text, /horse/);
});

await t.test('invites: a link that lets one person in, for a while', async (t) => {
  const hub = await startHub(t, { access: 'closed' });
  const ctl = (args: readonly string[]): Promise<Ran> => chatctl(hub.control, args);
  const made = await ctl([
    'invite',
    '--role',
    'moderator',
    '--expires',
    '2h',
    '--room',
    'dev',
    '--host',
    'chat.example',
  ]);
  told(t, made, { code: 0, out: /^chat:\/\/chat\.example:\d+\/dev\?invite=\w{32}#sha256-[\w-]{43}\n$/ });
  const token = /invite=(\w+)/.exec(made.out)?.[1] ?? '';
  told(t, await ctl(['invites']), { code: 0, out: /\w+ +moderator +1 / });
  const lo = await KeyPeer.dial(t, hub.port);
  t.match(await lo.signIn('LO', new Person(), token), { account: 'LO', role: 'moderator' });
  const late = await KeyPeer.dial(t, hub.port);
  t.match(await late.signIn('QW', new Person(), token), { code: 'auth-failed' });
  const { id } = JSON.parse((await ctl(['invite', '--uses', '2', '--json'])).out) as { id: string };
  told(t, await ctl(['invites', 'revoke', id]), { code: 0 });
  told(t, await ctl(['invites', 'revoke', id]), { code: 1, err: /there is no invite/ });
  told(t, await ctl(['invites', 'forget']), { code: 2 });
  told(t, await ctl(['invite', '--expires', 'soon']), { code: 2 });
  told(t, await ctl(['invite', '--uses', '0']), { code: 1 });
  t.notMatch(hub.logged(), new RegExp(token));
});

/** Why there is no terminal to type at, or false. */
function noScript(): string | false {
  return process.platform !== 'linux' && 'script(1) of util-linux makes the terminal';
}
