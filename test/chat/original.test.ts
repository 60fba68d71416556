// Our client and the original server hold a conversation, with an original client as the third.

import t from 'tap';
import { SeedClient, seedMissing, startSeedServer } from '../support/seed.ts';
import { enter } from '../../src/chat/enter.ts';
import { FAST, Guest } from './support/guest.ts';
import { scriptedHub } from './support/scripted-hub.ts';

/** An address of the loopback that no other test uses: the original client's port is fixed. */
function ownHost(): string {
  const [a, b, c] = Array.from({ length: 3 }, () => 1 + Math.floor(Math.random() * 250));
  return `127.${a}.${b}.${c}`;
}

function heard(guest: Guest): string[] {
  return guest.events.flatMap((event) => (event.type === 'heard' ? event.text.split('\n') : []));
}

await t.test('a conversation on the original server', { skip: seedMissing() }, async (t) => {
  const host = ownHost();
  const server = await startSeedServer(t, host, 3040);
  const er = await SeedClient.enter(t, host, 'ER');
  const lo = new Guest();
  t.teardown(() => lo.talk.leave());
  lo.talk = await enter(
    { address: { host, port: 3040 }, trusting: null, nick: 'LO', room: null, timing: FAST },
    lo.onEvent,
  );
  await lo.until('the greeting', () => heard(lo).includes('Connected to server!'));
  t.strictSame(heard(lo), ['LO joined!', 'Connected to server!']);
  await er.prints('LO joined!');

  lo.talk.submit('hello from chat');
  lo.talk.submit('and “another” one – with an é');
  await er.prints('LO: and "another" one - with an e');
  er.type('hello from the original');
  // Whatever the server sends in one moment may come as one piece.
  await lo.until('the answer', () => heard(lo).join().includes('ER: hello from the original'));

  lo.talk.submit('@ER only you');
  await er.prints('LO: @ER only you');
  t.match(lo.said(), ['LO -> ER: only you'], 'the original shows nothing to the sender, so chat does');
  lo.talk.submit('/msg ER and this');
  await er.prints('LO: @ER and this');

  for (const [line, words] of [
    ['/who', /does not know \/who/],
    ['/me waves', /does not know \/me/],
    ['/join dev', /does not know \/join/],
    ['mail me@example.org', /with an @ in it/],
    ['漢字', /plain Latin letters only/],
    ['x'.repeat(1030), /at most 1020 characters/],
  ] as const) {
    t.throws(() => lo.talk.submit(line), { message: words }, line.slice(0, 20));
  }
  // Whoever has a name that begins another one's would read what is meant for that one.
  await SeedClient.enter(t, host, 'LOLA');
  await SeedClient.enter(t, host, 'LOL');
  await lo.until('LOL', () => lo.talk.people().includes('LOL'));
  t.throws(() => lo.talk.submit('@LOLA only you'), { message: /would show it to (?:LO|LOL) too/ });

  lo.talk.submit('last words');
  await lo.talk.idle();
  lo.talk.leave();
  t.match(await lo.ended(), { status: 0 });
  await er.prints('LO: last words');
  await er.prints('LO left!');
  t.notMatch(server.printed, /Traceback/);
});

await t.test('names, losses and endings in the original language', async (t) => {
  const server = await scriptedHub(t);
  await t.rejects(
    (async () => {
      const entering = Guest.enterOpenly(t, server.port, 'Ünäl漢');
      (await server.visit()).socket.write('NICKNAME');
      await entering;
    })(),
    { code: 'bad-nick' },
  );

  let entering = Guest.enterOpenly(t, server.port, 'LO');
  let visit = await server.visit();
  visit.socket.write('NICKNAME');
  await visit.until('the nickname', () => visit.text === 'LO');
  visit.socket.destroy();
  await t.rejects(entering, { name: 'Ending', status: 3 });

  entering = Guest.enterOpenly(t, server.port, 'LO');
  visit = await server.visit();
  visit.socket.write('NICKNAME');
  await visit.until('the nickname', () => visit.text === 'LO');
  visit.socket.write('LO joined!Connected to server!');
  const lo = await entering;
  t.strictSame(
    heard(lo),
    ['LO joined!', 'Connected to server!'],
    'what the server sent together is read apart',
  );
  visit.socket.write('\u001b[2JX: \u001b]0;t\u0007hi');
  await lo.until('the text', () => heard(lo).includes('X: hi'));

  visit.socket.destroy();
  await lo.isTold('connection lost');
  lo.talk.submit('while away');
  lo.talk.submit('and more');
  visit = await server.visit();
  visit.socket.write('NICKNAME');
  await visit.until('the nickname', () => visit.text === 'LO');
  visit.socket.write('LO joined!');
  await visit.until('both', () => visit.text === 'LOLO: while awayLO: and more');
  t.ok(lo.told().includes('back; what was said meanwhile was missed'));
});
