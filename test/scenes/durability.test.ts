// Nobody sees what is not kept: a hub that is killed under load has every acknowledged entry, once, in order.

import t from 'tap';
import { temporaryDirectory } from '../support/daemon.ts';
import { JsonPeer, type Line } from '../support/peers.ts';
import { freePort, runHub } from '../support/process.ts';

const ROUNDS = 20;
const SPEAKERS = 4;
const UNDER_WAY = 32;
const ACKNOWLEDGED_PER_ROUND = 400;

await t.test(`${ROUNDS} times kill -9 under load`, async (t) => {
  const dir = temporaryDirectory(t);
  const port = await freePort();
  const acknowledged = new Map<number, string>();
  let seen = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const hub = await runHub(t, dir, port, ['--log-level', 'info']);
    const speakers = await Promise.all(
      Array.from({ length: SPEAKERS }, (_, i) => JsonPeer.enter(t, port, `speaker-${round}-${i}`)),
    );
    const listener = await JsonPeer.enter(t, port, `listener-${round}`);
    let count = 0;
    await new Promise<void>((resolve) => {
      for (const [i, speaker] of speakers.entries()) {
        let sent = 0;
        let answered = 0;
        const more = (): void => {
          while (sent - answered < UNDER_WAY) {
            const id = `${round}/${i}/${sent++}`;
            speaker.send({ type: 'say', text: `text ${id}`, id });
          }
        };
        speaker.socket.on('data', () => {
          const oks = speaker.lines().filter(({ type }) => type === 'ok');
          for (const ok of oks.slice(answered)) {
            acknowledged.set(ok['seq'] as number, `text ${String(ok['id'])}`);
            count++;
          }
          answered = oks.length;
          if (count >= ACKNOWLEDGED_PER_ROUND) resolve();
          else more();
        });
        more();
      }
    });
    await hub.end('SIGKILL');
    await listener.untilClosed();
    // What anyone was shown was kept as well.
    for (const { seq, text, type } of listener.entries('#lobby')) {
      if (type !== 'message') continue;
      acknowledged.set(seq as number, text as string);
      seen++;
    }
  }

  await runHub(t, dir, port);
  const reader = await JsonPeer.enter(t, port, 'reader');
  const kept: Line[] = [];
  for (let more = true; more;) {
    const page = await reader.ask({ type: 'history', after: kept.length, limit: 200 });
    kept.push(...(page['entries'] as Line[]));
    more = page['more'] as boolean;
  }
  t.strictSame(
    kept.map(({ seq }) => seq),
    kept.map((_, i) => i + 1),
    'the log is 1, 2, 3 … without a gap or a repeat',
  );
  const lost = [...acknowledged].filter(([seq, text]) => kept[seq - 1]?.['text'] !== text);
  t.strictSame(lost, [], 'each acknowledged or shown entry is where it was said to be');
  const texts = kept.filter(({ type }) => type === 'message').map(({ text }) => text);
  t.equal(new Set(texts).size, texts.length, 'no text is there twice');
  t.ok(
    acknowledged.size >= ROUNDS * ACKNOWLEDGED_PER_ROUND,
    `${acknowledged.size} acknowledged, ${seen} seen, ${kept.length} kept`,
  );
});

await t.test('SIGTERM says goodbye, keeps what was said and exits 0', async (t) => {
  const dir = temporaryDirectory(t);
  const port = await freePort();
  const hub = await runHub(t, dir, port);
  const lo = await JsonPeer.enter(t, port, 'LO');
  const plain = await JsonPeer.open(t, port);
  for (let i = 0; i < 100; i++) lo.send({ type: 'say', text: `last words ${i}`, id: `${i}` });
  await lo.line(({ id }) => id === '0');
  const { code } = await hub.end('SIGTERM');
  t.equal(code, 0);
  await Promise.all([lo.untilClosed(), plain.untilClosed()]);
  t.match(lo.lines().at(-1), { type: 'bye', code: 'shutdown', reconnect: true });
  t.match(hub.log(), /stopped/);
  const acknowledged = lo.lines().filter(({ type }) => type === 'ok');

  await runHub(t, dir, port);
  const er = await JsonPeer.enter(t, port, 'ER');
  const history = await er.ask({ type: 'history', limit: 200 });
  const texts = (history['entries'] as Line[]).map(({ text }) => text);
  for (const { id } of acknowledged) t.ok(texts.includes(`last words ${String(id)}`));
});
