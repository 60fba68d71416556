// Streams over the control socket: what a watcher sees, what a slow one misses, and how all of them end.

import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import t from 'tap';
import { CONTROL_LIMITS } from '../../src/core/limits.ts';
import type { Missed } from '../../src/control/protocol.ts';
import type { Entry } from '../../src/core/entry.ts';
import { ask, startRig, until } from './rig.ts';

const OPERATOR = { by: 'control socket' };

await t.test('a watcher sees what is committed to rooms, and nothing private', async (t) => {
  const { path, member, say, acts, hub } = await startRig(t);
  const lo = await member('LO');
  const watcher = await watch(path);
  const er = await member('ER');
  await say(er, ['one', 'two']);
  hub.request(er.session, { type: 'tell', to: 'LO', text: 'a secret' }, null, () => {});
  await say(er, ['three']);
  const lines = await watcher.until((all) => all.some((line) => 'text' in line && line.text === 'three'));
  t.match(lines, [
    { log: '#lobby', seq: 2, kind: 'join', from: 'ER' },
    { seq: 3, kind: 'message', from: 'ER', text: 'one' },
    { seq: 4, text: 'two' },
    { seq: 5, text: 'three' },
  ]);
  t.ok(lo.entries.some(({ text }) => text === 'a secret'));
  t.same(acts, [['watch', OPERATOR]]);
  t.equal(hub.watchers.size, 1);
  watcher.response.destroy();
  await until(async () => hub.watchers.size === 0);
  t.pass('a watcher who goes is forgotten');

  const many = await Promise.all(Array.from({ length: CONTROL_LIMITS.watchers }, () => watch(path)));
  const refused = await ask(path, 'GET', '/v1/events');
  t.equal(refused.status, 503);
  t.match(JSON.parse(refused.text), { error: { code: 'busy', text: /end one of them/ } });
  many[0]?.response.destroy();
  await until(async () => hub.watchers.size === CONTROL_LIMITS.watchers - 1);
  await watch(path);
  t.pass('and leaves room for another');
});

await t.test(
  'a watcher who does not read costs little, and is told how many entries it missed',
  async (t) => {
    const { path, member, say, hub } = await startRig(t);
    const lo = await member('LO');
    const watcher = await watch(path);
    watcher.response.pause();
    const text = 'x'.repeat(4000);
    const total = 1000;
    for (let said = 0; said < total; said += 50)
      await say(
        lo,
        Array.from({ length: 50 }, () => text),
      );
    watcher.response.resume();
    // What was written before it fell behind, the count, and then it is level again.
    await watcher.until((all) => all.some(({ kind }) => kind === 'missed'));
    await say(lo, ['the end']);
    const lines = await watcher.until((all) => all.some((line) => 'text' in line && line.text === 'the end'));
    const missed = lines
      .filter((line): line is Missed => line.kind === 'missed')
      .reduce((sum, { count }) => sum + count, 0);
    const seen = lines.filter((line): line is Entry => line.kind !== 'missed');
    t.equal(missed + seen.length, total + 1, 'nothing is missed in silence');
    t.ok(missed > total / 2, `${missed} entries did not wait for it`);
    t.ok(
      seen.every(({ seq }, at) => at === 0 || seq > (seen[at - 1]?.seq ?? 0)),
      'in order',
    );
    t.equal(hub.watchers.size, 1);
  },
);

await t.test('the end: streams end, what is under way is answered, stop waits for it', async (t) => {
  const answers: (() => void)[] = [];
  let stopAsked = false;
  const { path, server } = await startRig(t, {
    daemon: {
      stop: () => {
        stopAsked = true;
      },
      reload: () =>
        new Promise((resolve) =>
          answers.push(() => resolve({ outcome: 'reloaded', changed: [], afterRestart: [] })),
        ),
    },
  });
  const watcher = await watch(path);
  const reload = ask(path, 'POST', '/v1/reload');
  const stop = ask(path, 'POST', '/v1/stop');
  await until(async () => answers.length === 1 && stopAsked);
  const ended = once(watcher.response, 'end');
  const closed = server.close();
  t.match(await stop, { status: 200, text: `{"stopping":true,"pid":${process.pid}}\n` });
  await ended;
  answers[0]?.();
  t.match(await reload, { status: 200 });
  await closed;
  await t.rejects(ask(path, 'GET', '/v1/users'), { code: 'ENOENT' }, 'the socket is gone');
});

interface Watching {
  readonly response: IncomingMessage;
  until(look: (all: readonly (Entry | Missed)[]) => boolean): Promise<readonly (Entry | Missed)[]>;
}

async function watch(path: string): Promise<Watching> {
  const [response] = (await once(
    get({ socketPath: path, path: '/v1/events', agent: false }),
    'response',
  )) as [IncomingMessage];
  let text = '';
  const lines: (Entry | Missed)[] = [];
  response.on('error', () => {});
  response.setEncoding('utf8').on('data', (chunk) => {
    const parts = (text + String(chunk)).split('\n');
    text = parts.pop() ?? '';
    for (const part of parts) lines.push(JSON.parse(part) as Entry | Missed);
    response.emit('more');
  });
  return {
    response,
    until: async (look) => {
      while (!look(lines)) await once(response, 'more');
      return lines;
    },
  };
}
