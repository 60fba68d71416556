// Nothing lost, nothing twice, one order: whatever happens between a client and the hub.

import t from 'tap';
import { plays } from '../support/plays.ts';

const PLAYS = 200;
const SEED = 20_261_122;

// A play takes a fifth of a second, for its hub is started several times.
t.setTimeout(300_000);

await t.test(`${PLAYS} random plays`, { timeout: 300_000 }, async (t) => {
  t.equal(await plays(PLAYS, SEED), PLAYS);
});
