// The operator's words about the hub's key: what to compare, a link to join by, and another key.

import t from 'tap';
import { startHub } from '../support/daemon.ts';
import { JsonPeer } from '../support/peers.ts';
import { dialTls, enterTls, shownKey } from '../support/tls.ts';
import { chatctl, told } from './run.ts';

await t.test('fingerprint, link and key', async (t) => {
  const hub = await startHub(t);
  const shown = shownKey(await dialTls(t, hub.port));
  const ask = (...args: string[]): ReturnType<typeof chatctl> => chatctl(hub.control, args);
  told(t, await ask('fingerprint'), { code: 0, out: `${shown}\n`, err: '' });
  t.strictSame(JSON.parse((await ask('fingerprint', '--json')).out), { key: shown, next: null });
  const [own, named, port, six, json, room] = await Promise.all([
    ask('link'),
    ask('link', '--host', 'chat.example.org', 'dev'),
    ask('link', '--host', 'chat.example.org:3040', '#dev'),
    ask('link', '--host', '[2001:db8::7]:3041'),
    ask('link', '--host', '2001:db8::7', '--json'),
    ask('link', '--host', 'h', 'Übung漢'),
  ]);
  told(t, own, { code: 0, out: `chat://127.0.0.1:${hub.port}#${shown}\n`, err: '' });
  told(t, named, { code: 0, out: `chat://chat.example.org:${hub.port}/dev#${shown}\n` });
  told(t, port, { code: 0, out: `chat://chat.example.org/dev#${shown}\n` });
  told(t, six, { code: 0, out: `chat://[2001:db8::7]:3041#${shown}\n` });
  t.strictSame(JSON.parse(json.out), { link: `chat://[2001:db8::7]:${hub.port}#${shown}` });
  told(t, room, { code: 0, out: `chat://h:${hub.port}/${encodeURIComponent('übung漢')}#${shown}\n` });
  for (const host of ['a b', 'h:99999', 'u@h', 'h/x', '[::1'])
    told(
      t,
      await ask('link', '--host', host),
      { code: 2, out: '', err: /--host takes HOST or HOST:PORT/ },
      host,
    );
  told(t, await ask('link', '--host', 'h', 'a b'), { code: 2, out: '', err: /room/ });

  told(t, await ask('key'), {
    code: 0,
    out: new RegExp(`^key +${shown}, made by the hub\ncertificate +good until .*\nnext key +none\n$`),
  });
  told(t, await ask('key', 'switch'), { code: 1, err: /no key is announced: chatctl key next/ });
  told(t, await ask('key', 'next'), {
    code: 0,
    out: /^announced: sha256-[\w-]{43}\n.*chatctl key switch\n$/,
  });
  told(t, await ask('key', 'next'), { code: 1, err: /announced already/ });
  const next = hub.daemon.keys.next?.key ?? '';
  told(t, await ask('fingerprint'), { code: 0, out: `${shown}\nnext: ${next}\n` });
  told(t, await ask('key', 'status'), { code: 0, out: new RegExp(`next key +${next}, announced since 20`) });
  told(t, await ask('key', 'switch'), {
    code: 0,
    out: new RegExp(`^the key is ${next} now\n.*chatctl link`),
  });
  t.equal(shownKey(await dialTls(t, hub.port)), next);
  t.match(JSON.parse((await ask('key', '--json')).out), { key: next, from: 'own', next: null });
  told(t, await ask('key', 'lose'), {
    code: 2,
    err: /no chatctl key lose: choose one of status, next, switch, drop/,
  });
  t.match(hub.logged(), /info +key by="control socket" step=next key=\S+ next=\S+ audit=true/);
});

await t.test('who shows what each is connected over', async (t) => {
  const hub = await startHub(t, { proxyFrom: [{ address: '127.0.0.0', prefix: 8, family: 'ipv4' }] });
  await enterTls(t, hub.port, 'LO');
  await JsonPeer.enter(t, hub.port, 'ER');
  const far = await JsonPeer.open(t, hub.port);
  far.socket.write('PROXY TCP4 192.0.2.7 192.0.2.1 1 2\r\n');
  await far.hello('QW');
  const { out } = await chatctl(hub.control, ['who']);
  t.match(out, /^NAME +ID +ADDRESS +DIALECT +VIA +CONNECTED/);
  for (const [nick, via] of [
    ['LO', 'tls'],
    ['ER', 'local'],
    ['QW', 'open'],
  ] as const)
    t.match(out, new RegExp(`^${nick} +\\S+ +\\S+ +json +${via} `, 'm'));
});
