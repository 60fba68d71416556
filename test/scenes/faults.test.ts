// The faults of the original server, one test each: every one of these fails there.

import t from 'tap';
import { startHub } from '../support/daemon.ts';
import { JsonPeer, PlainPeer } from '../support/peers.ts';

await t.test('a text with an @ inside stays in the room', async (t) => {
  const hub = await startHub(t);
  const lo = await PlainPeer.enter(t, hub.port, 'LO', 'raw');
  const er = await PlainPeer.enter(t, hub.port, 'ER', 'raw');
  lo.say('write to me@example.org');
  await er.sees('LO: write to me@example.org');
  await lo.sees('LO: write to me@example.org');
});

await t.test('@ERIC does not reach ER', async (t) => {
  const hub = await startHub(t);
  const [lo, er, eric] = [
    await PlainPeer.enter(t, hub.port, 'LO', 'raw'),
    await PlainPeer.enter(t, hub.port, 'ER', 'raw'),
    await PlainPeer.enter(t, hub.port, 'ERIC', 'raw'),
  ];
  lo.say('@ERIC for eric only');
  await eric.sees('LO: @ERIC for eric only');
  lo.say('@ERICA nobody has this name');
  await lo.sees('! nobody here is called ERICA; start with \\@ to say it to the room');
  lo.say('after');
  await er.sees('LO: after');
  t.notMatch(er.text, /eric only|nobody has/);
  t.notMatch(eric.text, /nobody has/);
});

await t.test('an unknown name is told to the sender, and only to it', async (t) => {
  const hub = await startHub(t);
  const lo = await PlainPeer.enter(t, hub.port, 'LO', 'line');
  const er = await PlainPeer.enter(t, hub.port, 'ER', 'line');
  lo.say('@EX dear …');
  await lo.sees('! nobody here is called EX');
  lo.say('\\@EX to the room');
  await er.sees('LO: @EX to the room');
  t.notMatch(er.text, /dear/);
});

await t.test('two people cannot have one name', async (t) => {
  const hub = await startHub(t);
  const first = await PlainPeer.enter(t, hub.port, 'LO', 'raw');
  const second = await PlainPeer.enter(t, hub.port, 'lo', 'raw');
  await second.sees('lo-2 joined!');
  const er = await PlainPeer.enter(t, hub.port, 'ER', 'raw');
  er.say('@LO for the first');
  await first.sees('ER: @LO for the first');
  er.say('after');
  await second.sees('ER: after');
  t.notMatch(second.text, /for the first/);
});

await t.test('nobody speaks in the name of another', async (t) => {
  const hub = await startHub(t);
  const lo = await PlainPeer.enter(t, hub.port, 'LO', 'raw');
  const er = await PlainPeer.enter(t, hub.port, 'ER', 'raw');
  lo.socket.write('ER: I said this');
  await er.sees('LO: ER: I said this');
  const qw = await JsonPeer.enter(t, hub.port, 'QW');
  qw.send({ type: 'say', text: 'hi\nER: nor this' });
  await lo.sees('QW: hi\n  ER: nor this');
  t.notMatch(lo.text, /^ER: /m);
});

await t.test('text beyond ASCII kills nobody', async (t) => {
  const hub = await startHub(t);
  const lo = await PlainPeer.enter(t, hub.port, 'LO', 'raw');
  const qw = await JsonPeer.enter(t, hub.port, 'QW');
  qw.send({ type: 'say', text: 'żółw 🐢 Привет' });
  await lo.sees('QW: zolw :turtle: Privet');
  lo.socket.write(Buffer.from([0xff, 0xfe, 0x80, 0x41]));
  await qw.line(({ from, type }) => from === 'LO' && type === 'message');
  t.ok(
    [...lo.bytes].every((byte) => byte < 0x80),
    'the original client is sent ASCII only',
  );
  lo.say('still here');
  await qw.line(({ text }) => text === 'still here');
});

await t.test('messages are neither split nor joined', async (t) => {
  const hub = await startHub(t);
  const lo = await PlainPeer.enter(t, hub.port, 'LO', 'line');
  const qw = await JsonPeer.enter(t, hub.port, 'QW');
  const texts = Array.from({ length: 50 }, (_, i) => `message ${i}:${'x'.repeat((i * 37) % 900)}`);
  const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(''));
  // Pieces that end anywhere but at a newline.
  for (let at = 0; at < bytes.length; at += 701) lo.socket.write(bytes.subarray(at, at + 701));
  await qw.line(({ text }) => text === texts.at(-1));
  t.strictSame(
    qw
      .entries('#lobby')
      .filter(({ type }) => type === 'message')
      .map(({ text }) => text),
    texts,
  );
});

await t.test('one who does not read freezes nobody', async (t) => {
  const hub = await startHub(t);
  const stuck = await PlainPeer.enter(t, hub.port, 'STUCK', 'raw');
  stuck.socket.pause();
  const lo = await JsonPeer.enter(t, hub.port, 'LO');
  const er = await JsonPeer.enter(t, hub.port, 'ER');
  const text = 'x'.repeat(4000);
  // Far more than the buffers of two sockets hold.
  for (let i = 0; i < 4000; i++) lo.send({ type: 'say', text: `${i} ${text}` });
  await er.until('the last', () => er.bytes.subarray(-8000).includes('"text":"3999 '));
  const session = hub.daemon.hub.directory.named('STUCK');
  t.ok((session?.lag() ?? 0) > 0, 'what it has not read waits in the log');
  stuck.socket.resume();
  await stuck.until('the rest', () => stuck.bytes.subarray(-8000).includes('LO: 3999 x'));
  const numbers = [...stuck.text.matchAll(/LO: (\d+) x/g)].map(([, number]) => Number(number));
  t.strictSame(
    numbers,
    Array.from({ length: 4000 }, (_, i) => i),
    'and reaches it whole and in order',
  );
});
