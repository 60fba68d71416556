// A lockdown as people meet it: set by chatctl, told in every dialect, shown and logged.

import t from 'tap';
import { chatctl, told } from '../chatctl/run.ts';
import { startHub } from '../support/daemon.ts';
import { KeyPeer, Person } from '../support/people.ts';
import { JsonPeer, PlainPeer } from '../support/peers.ts';

await t.test('step by step', async (t) => {
  const hub = await startHub(t);
  const ctl = (...args: string[]): ReturnType<typeof chatctl> => chatctl(hub.control, args);
  const lo = new Person();
  const owner = await KeyPeer.enter(t, hub.port, 'LO', lo);
  const er = await JsonPeer.enter(t, hub.port, 'ER');
  told(t, await ctl('lockdown'), { code: 0, out: '0: everybody may come in and speak\n' });
  t.notMatch((await ctl('status')).out, /lockdown/);

  told(t, await ctl('lockdown', '1'), {
    code: 0,
    out: 'lockdown 1 now, it was 0: no new accounts are made\n',
  });
  const claimer = await KeyPeer.dial(t, hub.port);
  const welcome = await claimer.signIn('QW', new Person());
  t.match(welcome, { type: 'welcome', nick: 'QW' });
  t.notOk('account' in welcome, 'who would claim a name is a guest');
  await claimer.line(({ text }) => String(text).includes('no new accounts are made for now'));

  told(t, await ctl('lockdown', '2', '--json'), {
    code: 0,
    out: '{"level":2,"means":"only those with an account come in","was":1}\n',
  });
  const guest = await JsonPeer.open(t, hub.port);
  const refused = { type: 'error', code: 'locked-down', text: 'only those with an account' };
  t.match(await guest.ask({ type: 'hello', nick: 'X' }), refused);
  for (const dialect of ['line', 'raw'] as const) {
    const plain = await PlainPeer.open(t, hub.port, dialect);
    plain.socket.write(dialect === 'line' ? 'X\n' : 'X');
    await plain.sees('only those with an account come in for now');
  }
  owner.send({ type: 'quit' });
  await owner.untilClosed();
  const back = await KeyPeer.dial(t, hub.port);
  t.match(await back.signIn('LO', lo), { type: 'welcome', account: 'LO' });

  await ctl('lockdown', '4');
  const late = await KeyPeer.dial(t, hub.port);
  t.match(await late.signIn('LO', lo), { code: 'locked-down', text: 'nobody new' });
  t.match(await er.ask({ type: 'say', text: 'spam' }), { code: 'locked-down' });
  t.match(
    (await ctl('status')).out,
    /^lockdown +4, nobody new comes in, and only .* speak; chatctl lockdown 0/m,
  );
  t.match(JSON.parse((await ctl('status', '--json')).out), { lockdown: 4 });
  told(t, await ctl('lockdown', 'loud'), {
    code: 2,
    out: '',
    err: /there is no lockdown loud.*\n +0 +every/,
  });
  await ctl('lockdown', '0');
  t.match(await er.ask({ type: 'say', text: 'at last' }), { type: 'ok' });
  t.match(hub.logged(), /lockdown.* level=4 was=2 audit=true/, 'each step leaves a line in the log');
});
