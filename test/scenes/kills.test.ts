// The hub is killed again and again while everybody talks.

import { cpSync } from 'node:fs';
import t from 'tap';
import { Crowd } from '../support/crowd.ts';
import { temporaryDirectory } from '../support/daemon.ts';
import { freePort, type HubProcess, runHub } from '../support/process.ts';

const KILLS = Number(process.env['CHATROOM_KILLS'] ?? 12);
const CLIENTS = Number(process.env['CHATROOM_CLIENTS'] ?? 12);

// The long runs take longer than a test file commonly may.
t.setTimeout(0);

await t.test(`${KILLS} times kill -9 under ${CLIENTS} who come back`, { timeout: 0 }, async (t) => {
  const dir = temporaryDirectory(t);
  const port = await freePort();
  const run = async (): Promise<HubProcess> => {
    try {
      return await runHub(t, dir, port, ['--log-level', 'info']);
    } catch (error) {
      // A store that a kill has damaged is rare, and all there is to find out how.
      cpSync(dir, `${dir}-kept`, { recursive: true });
      throw new Error(`its files are kept in ${dir}-kept`, { cause: error });
    }
  };
  let hub = await run();
  const crowd = new Crowd(port, CLIENTS);
  t.teardown(() => crowd.leave());
  await crowd.begin();
  let answeredWhileUp = 0;
  let upMs = 0;
  for (let kill = 1; kill <= KILLS; kill++) {
    const { answered } = crowd;
    const since = performance.now();
    // Killed after some hundred more answers, never twice at the same point of the traffic.
    await crowd.hears(answered + 200 + ((kill * 7919) % 401));
    answeredWhileUp += crowd.answered - answered;
    upMs += performance.now() - since;
    await hub.end('SIGKILL');
    hub = await run();
    await crowd.returns(kill);
  }
  const figures = await crowd.end();
  t.match(figures, { faults: [], lost: 0, repeated: 0, outOfOrder: 0, resumes: KILLS });
  t.ok(figures.acknowledged >= KILLS * 200 && figures.seen > figures.acknowledged);
  t.comment(
    `${KILLS} kills, ${Math.round((answeredWhileUp / upMs) * 1000)} a second acknowledged while it was up: ${JSON.stringify(figures)}`,
  );
});
