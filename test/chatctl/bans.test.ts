// chatctl's verbs that keep somebody out or silent, against a real hub, and what the people on its port notice of them.

import { connect } from 'node:net';
import t from 'tap';
import { startHub, type Teardown } from '../support/daemon.ts';
import { dialTls, KeyPeer, Person } from '../support/people.ts';
import { JsonPeer, PlainPeer } from '../support/peers.ts';
import { chatctl, type Ran, told } from './run.ts';

/** The end of what a connection from an address of its own is told, whatever language it opens with. */
function toldFrom(t: Teardown, localAddress: string, port: number, opening: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress }, () => socket.write(opening));
    t.teardown(() => socket.destroy());
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.on('error', reject).on('close', () => resolve(text));
  });
}

await t.test('ban, unban and bans', async (t) => {
  const hub = await startHub(t);
  const ctl = (...args: string[]): Promise<Ran> => chatctl(hub.control, args);
  const lo = await JsonPeer.enter(t, hub.port, 'LO');
  const er = await KeyPeer.enter(t, hub.port, 'ER', new Person());
  const qw = await PlainPeer.enter(t, hub.port, 'QW', 'line');

  told(t, await ctl('ban', '@ER', '--dry-run'), { code: 0, out: /would be out: account:ER\n.*here: ER\n/ });
  told(t, await ctl('bans', '--json'), { code: 0, out: '{"bans":[]}\n' });
  told(t, await ctl('ban', 'ER', '--for', '2h', '--reason', 'too loud', '--note', 'third time'), {
    code: 0,
    out: /^out until .*: account:ER\n/,
  });
  t.match(await er.line(({ type }) => type === 'bye'), {
    code: 'banned',
    text: /^you are banned for another \d+[mh]: too loud$/,
    reconnect: false,
  });
  await lo.line(({ type, to, text }) => type === 'kick' && to === 'ER' && text === 'too loud');
  await qw.sees('ER was kicked (too loud)');
  told(t, await ctl('bans'), { code: 0, out: /ban-\w+ +ban +account:ER .* server +too loud +third time/ });

  told(t, await ctl('ban', 'qw'), { code: 0, out: /^out: name:qw\n/ });
  await qw.sees('! you are banned');
  const back = await PlainPeer.open(t, hub.port, 'line');
  back.socket.write('QW\n');
  await back.sees('! you are banned');
  t.ok(await back.untilClosed());
  t.match(await (await JsonPeer.open(t, hub.port)).hello('qw'), { type: 'error', code: 'banned' });

  told(t, await ctl('ban', '*'), { code: 1, err: /hits everybody, 1 .*--force/ });
  told(t, await ctl('ban', 'ZX'), { code: 1, err: /name:ZX bans a name that is not here/ });
  told(t, await ctl('ban', 'LO', '--for', 'ever'), { code: 2, err: /--for takes a time such as/ });
  told(t, await ctl('unban', 'QW'), { code: 0, out: '1 taken back\n' });
  told(t, await ctl('unban', 'QW'), { code: 1, err: /there is no ban of QW: chatctl bans lists them/ });
  await PlainPeer.enter(t, hub.port, 'QW', 'line');
  t.match(hub.logged(), /ban by="control socket" target=ER .*hits=1/);
  t.notMatch(hub.logged(), /third time|too loud/, 'what is said about people is not for the log');
});

await t.test('an address is told in its own language, over TLS too, and others are not hit', async (t) => {
  const hub = await startHub(t);
  await JsonPeer.enter(t, hub.port, 'LO');
  const ctl = (...args: string[]): Promise<Ran> => chatctl(hub.control, args);
  told(t, await ctl('ban', '127.0.0.9/32', '--reason', 'spam'), { code: 0, out: /nobody who is here/ });
  const from = (opening: string): Promise<string> => toldFrom(t, '127.0.0.9', hub.port, opening);
  t.match(
    await from('{"type":"hello","nick":"ER"}\n'),
    /^\{"type":"bye","code":"banned","text":"you are banned: spam"/,
  );
  t.equal(await from('ER\n'), '! you are banned: spam\n');
  t.match(await from('NICK ER\r\n'), /^ERROR :you are banned: spam/);
  t.match(
    await from('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n'),
    /^HTTP\/1.1 200/,
    'a balancer’s question stays',
  );
  const secure = await dialTls(t, hub.port);
  secure.destroy();
  await JsonPeer.enter(t, hub.port, 'ER');
});

await t.test('a mute, and a moderator in the room', async (t) => {
  const hub = await startHub(t);
  const ctl = (...args: string[]): Promise<Ran> => chatctl(hub.control, args);
  const person = new Person();
  const mo = await KeyPeer.enter(t, hub.port, 'MO', person);
  told(t, await ctl('user', 'role', 'MO', 'moderator'), { code: 0 });
  const er = await PlainPeer.enter(t, hub.port, 'ER', 'line');
  t.match(await mo.ask({ type: 'mute', target: 'ER', seconds: 3600, text: 'think' }), {
    type: 'info',
    text: /^mute-\w+ mute name:er until .*: think by MO - hits ER$/,
  });
  er.say('hello');
  await er.sees('! you are muted for another');
  er.say('/bans');
  await er.sees('! only moderators may bans');
  t.match(await mo.ask({ type: 'bans' }), {
    bans: [{ act: 'mute', target: 'name:er', by: 'MO' }],
    more: false,
  });
  t.match(await mo.ask({ type: 'unmute', target: 'nobody' }), { type: 'error' });
  t.match(await mo.ask({ type: 'unmute', target: 'ER' }), { type: 'ok' });
  er.say('hello again');
  await mo.line(({ text }) => text === 'hello again');
  told(t, await ctl('mute', 'ER'), { code: 0, out: /^silent: name:er\n/ });
  told(t, await ctl('unmute', 'ER'), { code: 0 });
  t.match(hub.logged(), /banned .*by=MO/);
});
