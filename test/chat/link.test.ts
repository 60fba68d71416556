// The client against servers that are not as they should be: each is told apart, survived, or left with a clear word.

import t from 'tap';
import { parseAddress } from '../../src/chat/address.ts';
import { dial } from '../../src/chat/dial.ts';
import { Lines } from '../../src/chat/lines.ts';
import { pauseMs, TIMING } from '../../src/chat/timing.ts';
import { arrive } from './support/arrival.ts';
import { FAST, Guest } from './support/guest.ts';
import { entry, scriptedHub } from './support/scripted-hub.ts';

await t.test('addresses', (t) => {
  t.strictSame(parseAddress('chat.example.org'), { host: 'chat.example.org', port: 3040 });
  t.strictSame(parseAddress(' 10.0.0.1:99 '), { host: '10.0.0.1', port: 99 });
  t.strictSame(parseAddress('::1'), { host: '::1', port: 3040 });
  t.strictSame(parseAddress('[::1]:3041'), { host: '::1', port: 3041 });
  t.strictSame(parseAddress('[fe80::1]'), { host: 'fe80::1', port: 3040 });
  for (const bad of [
    '',
    'a b',
    'host:0',
    'host:65536',
    'host:x',
    '[1.2.3.4]:5',
    'http://host',
    'a@b',
    '[::1',
  ]) {
    t.throws(() => parseAddress(bad), { name: 'Ending', status: 2 }, JSON.stringify(bad));
  }
  t.end();
});

await t.test('pauses grow to their limit, half of each by chance', (t) => {
  t.strictSame(
    [0, 1, 2, 3].map((attempt) => pauseMs(attempt, 0, TIMING)),
    [500, 1000, 2000, 4000],
  );
  t.equal(pauseMs(0, 1, TIMING), 1000);
  t.equal(pauseMs(50, 0, TIMING), 15_000);
  t.equal(pauseMs(50, 1, TIMING), 30_000);
  t.end();
});

await t.test('lines, at every split', (t) => {
  const bytes = Buffer.from('añ\r\n\n漢字\nrest');
  for (let at = 0; at <= bytes.length; at++) {
    const lines = new Lines();
    const got = [...lines.push(bytes.subarray(0, at)), ...lines.push(bytes.subarray(at))];
    t.strictSame([...got, lines.rest(), lines.rest()], ['añ', '', '漢字', 'rest', null]);
  }
  t.throws(() => new Lines(4).push(Buffer.from('12345')), { code: 'too-long' });
  t.end();
});

await t.test(
  'who answers: a hub, the original, a slow original, a hub that lost its patience, something else',
  async (t) => {
    const hub = await scriptedHub(t);
    const timing = { ...TIMING, greetingMs: 60, hubPatienceMs: 300, answerMs: 1000 };
    const dialled = (known: 'hub' | null = null): ReturnType<typeof dial> =>
      dial({
        address: { host: '127.0.0.1', port: hub.port },
        timing,
        trust: null,
        hello: () => '{"type":"hello"}',
        known,
        signal: new AbortController().signal,
      }).then((result) => {
        t.teardown(() => result.socket.destroy());
        return result;
      });

    let result = dialled();
    let visit = await hub.visit();
    await visit.request('hello');
    visit.say('{"type":"welcome"}');
    t.match(await result, { peer: 'hub', first: Buffer.from('{"type":"welcome"}\n') });

    result = dialled();
    visit = await hub.visit();
    setTimeout(() => visit.socket.write('NICK'), timing.greetingMs / 3);
    setTimeout(() => visit.socket.write('NAME and more'), 2 * timing.greetingMs);
    t.match(await result, { peer: 'original', first: Buffer.from(' and more') });
    t.equal(visit.text, '', 'the original was told nothing that it could take for a nickname');

    // Slow: the greeting crosses our hello, but no hub would have sent it so soon. The second time chat waits for it.
    result = dialled();
    visit = await hub.visit();
    await visit.request('hello');
    visit.socket.write('NICKNAME');
    visit = await hub.visit();
    setTimeout(() => visit.socket.write('NICKNAME'), 2 * timing.greetingMs);
    t.match(await result, { peer: 'original' });
    t.equal(visit.text, '');

    // Our hello was late, and a hub asked for a nickname meanwhile: the second time it comes at once.
    result = dialled();
    visit = await hub.visit();
    await visit.request('hello');
    setTimeout(() => visit.socket.write('NICKNAME'), timing.hubPatienceMs);
    visit = await hub.visit();
    await visit.request('hello');
    visit.say('{"type":"welcome"}');
    t.match(await result, { peer: 'hub' });

    // The same, but it was an original over a very slow link after all.
    result = dialled();
    for (let time = 0; time < 2; time++) {
      visit = await hub.visit();
      await visit.request('hello');
      const late = visit;
      setTimeout(() => late.socket.write('NICKNAME'), timing.hubPatienceMs);
    }
    visit = await hub.visit();
    visit.socket.write('NICKNAME');
    t.match(await result, { peer: 'original' });

    result = dialled();
    visit = await hub.visit();
    visit.socket.write('SSH-2.0-OpenSSH_9.2\r\n');
    await t.rejects(result, { status: 3, message: /is no chatroom hub, it speaks another language/ });

    result = dialled('hub');
    visit = await hub.visit();
    visit.socket.end();
    await t.rejects(result, { name: 'Ending', status: 3 });

    await t.rejects(dialled(), { status: 3, message: /it does not answer/ });
  },
);

await t.test('a hub that went silent is given up, and one that answers is not', async (t) => {
  const timing = { ...FAST, silenceMs: 30, pongMs: 60 };
  const { hub, guest, visit } = await arrive(t, timing);
  const { id } = await visit.request('ping');
  visit.say({ type: 'pong', id });
  await visit.request('ping', 1);
  visit.say({ type: 'ping' });
  await visit.request('pong');
  await guest.isTold('connection lost (the hub does not answer); trying again …');
  const again = await hub.visit();
  const hello = await again.welcome({ resumed: true, recovered: true });
  t.match(hello, { nick: 'LO', resume: { token: 'tok', after: { '#lobby': 0 } } });
  await guest.isTold('back');
});

await t.test(
  'a hostile hub: nothing unsafe is let through, nonsense is passed over, too much ends it',
  async (t) => {
    const { guest, visit } = await arrive(t);
    visit.say(
      'no json',
      '[]',
      '{"type":"message"}',
      '{"type":"who","users":[null]}',
      '{"type":"news"}',
      '{"type":"ok","id":"x"}',
    );
    visit.say(
      entry(1, '\u001b]0;title\u0007\u001b[2Jred\u202eder\u009b31m', { from: 'E\u001b[31mR\nX' }),
      { type: 'info', text: 'a\u001b[Hb\nc' },
      { type: 'error', code: 'made-up', text: 'no\u0007 way' },
    );
    await guest.hears('red');
    await guest.isTold('no way');
    t.strictSame(guest.said(), ['ER X: redder']);
    t.match(
      guest.events.find((event) => event.type === 'answer'),
      { reply: { text: 'ab c' } },
    );
    visit.socket.write('x'.repeat(1024 * 1024 + 2));
    t.match(await guest.ended(), { status: 1, text: /line of more than 1048576 bytes/ });
  },
);

await t.test('how a conversation ends', async (t) => {
  const hub = await scriptedHub(t);
  let entering = Guest.enterOpenly(t, hub.port, 'LO');
  let visit = await hub.visit();
  await visit.request('hello');
  visit.say({ type: 'bye', code: 'too-many-connections', text: 'full: come back later', reconnect: true });
  visit.socket.end();
  await t.rejects(entering, { name: 'Ending', status: 1, message: 'full: come back later' });

  entering = Guest.enterOpenly(t, hub.port, 'LO');
  visit = await hub.visit();
  await visit.welcome();
  const guest = await entering;
  // A hub that does not answer the goodbye is not waited for long.
  guest.talk.leave();
  t.match(await visit.request('quit'), { text: '' });
  t.match(await guest.ended(), { status: 0, text: '' });
  await visit.until('the end', () => visit.closed);

  // Left while away: there is nobody to say goodbye to.
  const { visit: other, guest: away } = await arrive(t);
  other.socket.destroy();
  await away.isTold('connection lost');
  away.talk.submit('unheard');
  away.talk.submit('/quit');
  t.match(await away.ended(), { status: 0, text: '1 of your lines was not sent' });
});
