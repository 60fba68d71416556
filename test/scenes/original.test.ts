// The original client against this hub: it must see what it always saw, byte for byte, and survive what killed it.

import t from 'tap';
import { LIMITS } from '../../src/core/limits.ts';
import { startHub } from '../support/daemon.ts';
import { JsonPeer, PlainPeer } from '../support/peers.ts';
import { SeedClient, seedMissing } from '../support/seed.ts';

// The original client knows one port only, so each hub here has an address of its own.
const on = (host: string): { listen: { host: string; port: number }[] } => ({
  listen: [{ host, port: 3040 }],
});

await t.test(
  'three original clients see the transcript of the source document',
  { skip: seedMissing() },
  async (t) => {
    const host = '127.0.30.41';
    await startHub(t, on(host));
    const qw = await SeedClient.enter(t, host, 'QW');
    const er = await SeedClient.enter(t, host, 'ER');
    const lo = await SeedClient.enter(t, host, 'LO');
    await Promise.all([qw, er].map((client) => client.prints('LO joined!')));

    const everyone = [qw, er, lo];
    for (const [client, text, line] of [
      [qw, 'hiii', 'QW: hiii'],
      [er, 'l ii', 'ER: l ii'],
      [lo, 'ass', 'LO: ass'],
    ] as const) {
      client.type(text);
      await Promise.all(everyone.map((each) => each.prints(line)));
    }
    lo.type('@ER this is only for u');
    await er.prints('LO: @ER this is only for u');
    // What comes after proves that nothing else came before it.
    qw.type('after');
    await Promise.all(everyone.map((each) => each.prints('QW: after')));

    const said = ['QW: hiii', 'ER: l ii', 'LO: ass'];
    t.strictSame(lo.received(), ['LO joined!', 'Connected to server!', ...said, 'QW: after']);
    t.strictSame(er.received(), [
      'ER joined!',
      'Connected to server!',
      'LO joined!',
      ...said,
      'LO: @ER this is only for u',
      'QW: after',
    ]);
    t.strictSame(qw.received(), [
      'QW joined!',
      'Connected to server!',
      'ER joined!',
      'LO joined!',
      ...said,
      'QW: after',
    ]);
  },
);

await t.test('the bytes on the wire are the original server’s own', async (t) => {
  const hub = await startHub(t);
  const lo = await PlainPeer.enter(t, hub.port, 'LO', 'raw');
  await lo.until('both greetings', () => lo.text === 'NICKNAMELO joined!\nConnected to server!');
  await quiet();
  lo.say('one');
  await lo.until('the exact bytes', () => lo.text.endsWith('Connected to server!LO: one'));
  await quiet();
  lo.say('two');
  await lo.until('the exact bytes', () => lo.text.endsWith('LO: oneLO: two'));
  t.pass('no newline was added');
});

await t.test(
  'original clients survive emoji and long messages from others',
  { skip: seedMissing() },
  async (t) => {
    const host = '127.0.30.42';
    const hub = await startHub(t, on(host));
    const er = await SeedClient.enter(t, host, 'ER');
    const qw = await JsonPeer.open(t, hub.port, host);
    await qw.hello('Ünïcode');
    await er.prints('Unicode joined!');
    qw.send({ type: 'say', text: 'smile 😀 — “quoted”' });
    await er.prints('Unicode: smile :grinning: - "quoted"');
    const tooLong = await qw.ask({ type: 'say', text: 'x'.repeat(5000) });
    t.equal(tooLong['code'], 'too-long', 'more than a text may have is refused to its sender');
    qw.send({ type: 'say', text: `${'y'.repeat(4090)}😀` });
    // It prints what it reads, 1,024 bytes at a time.
    await er.prints('yyy:grinning:');
    t.equal(
      er.printed.replaceAll('\n', '').match(/y+(?=:grinning:)/)?.[0].length,
      4090,
      'all of a long text arrives',
    );
    er.type('still here');
    await qw.line(({ text, from }) => text === 'still here' && from === 'ER');
    t.notMatch(er.printed, /error occurred/i);
  },
);

await t.test(
  'what an original client sends too long is refused to it alone, and it goes on',
  { skip: seedMissing() },
  async (t) => {
    const host = '127.0.30.43';
    const hub = await startHub(t, on(host));
    const er = await SeedClient.enter(t, host, 'ER');
    const qw = await JsonPeer.open(t, hub.port, host);
    await qw.hello('QW');
    er.type('z'.repeat(5000));
    await er.prints('! a text has at most 4096 characters');
    er.type('short again');
    await qw.line(({ text }) => text === 'short again');
    t.equal(qw.entries('#lobby').filter(({ type }) => type === 'message').length, 1);
  },
);

await t.test('a person with nc', async (t) => {
  const hub = await startHub(t);
  const nc = await PlainPeer.enter(t, hub.port, 'Zoë', 'line');
  await nc.until('whole lines', () => nc.text === 'NICKNAMEZoë joined!\nConnected to server!\n');
  const other = await JsonPeer.enter(t, hub.port, 'QW');
  nc.say('grüße 😀');
  await nc.sees('Zoë: grüße 😀\n');
  nc.say('/who');
  await nc.sees('  QW (idle 0s) #lobby\n');
  nc.say('/me waves');
  await nc.sees('* Zoë waves\n');
  nc.say('/join #dev');
  await nc.sees('[#dev] Zoë joined!\n');
  nc.say('only in dev');
  await nc.sees('[#dev] Zoë: only in dev\n');
  nc.say('/leave');
  nc.say('back in the lobby');
  await nc.sees('Zoë: back in the lobby\n');
  nc.say('/history 2');
  await nc.until('history', () => /\d\d:\d\dZ Zoë: back in the lobby\n/.test(nc.text));
  nc.say('/nosuch');
  await nc.sees('! there is no command /nosuch');
  nc.say('/help');
  await nc.sees('/history [#room | @me] [count]');
  nc.say('/quit');
  await nc.untilClosed();
  t.match(nc.text, /! goodbye\n$/);
  await other.line(({ type, from }) => type === 'leave' && from === 'Zoë');
  t.notOk(
    other.entries('#lobby').some(({ text }) => text === 'only in dev'),
    'another room stays there',
  );
});

await t.test('a name in use becomes the next free one, and its prefix is still stripped', async (t) => {
  const hub = await startHub(t);
  await PlainPeer.enter(t, hub.port, 'LO', 'line');
  const second = await PlainPeer.enter(t, hub.port, 'LO', 'raw');
  await second.sees('LO-2 joined!');
  await second.sees('* you are called LO-2 here');
  second.say('hello');
  await second.sees('LO-2: hello');
  t.notMatch(second.text, 'LO-2: LO: hello');
});

await t.test('an original client that is typed at faster than the hub can know it', async (t) => {
  const hub = await startHub(t);
  const early = await PlainPeer.open(t, hub.port, 'raw');
  early.socket.write('LO: said before the question');
  await early.until('the question', () => early.text.startsWith('NICKNAME'));
  early.socket.write('LO');
  await early.sees('Connected to server!');
  await early.sees('LO: said before the question');
  t.match(early.text, /^NICKNAMELO joined!\n/);
});

/** A pause longer than two messages may share a read: then nothing stands between them. */
function quiet(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 2 * LIMITS.plainJoinLinesMs);
  });
}
