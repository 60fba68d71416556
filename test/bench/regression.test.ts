// A delivery shall not grow dearer unnoticed. Its cost is held against that of the bare loop in the same moments, since absolute figures belong
// to a machine; the bound is wide, since a machine that others use is noisy too. Encoding a batch for each reader, say, makes it five-fold.

import t from 'tap';
import { measure } from './fan-out.ts';

/** CPU of the hub for one delivery to that of the bare loop, as it was when last looked at. */
const BASELINE = 3.5;
/** How many times that is still noise. */
const WIDTH = 2.5;
const TRIES = 3;

const crowd = { members: 200, rooms: 1, speakers: 10, besides: 0, probe: 'first' } as const;
const load = { crowd, pace: { kind: 'window', messages: 256 }, seconds: 1.2, secure: false } as const;

await t.test('CPU per delivery beside the bare loop', async (t) => {
  const most = BASELINE * WIDTH;
  // Noise can do either down, so one good try of several is enough.
  let ratio = Infinity;
  for (let tries = 0; tries < TRIES && !(ratio <= most); tries++) {
    const bare = await measure('bare', load);
    const hub = await measure('source', load);
    ratio = Math.min(ratio, hub.cpuMicros / bare.cpuMicros);
  }
  t.comment(`the hub takes ${ratio.toFixed(2)} times what the bare loop takes`);
  t.ok(ratio <= most, `at most ${most.toFixed(2)} times`);
});
