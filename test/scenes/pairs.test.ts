// Plays of two speakers and a witness, over every pair of dialects: join, say, private, rename, kick, leave.

import t from 'tap';
import { OPERATOR } from '../../src/core/actor.ts';
import { type Actor, actor, DIALECTS } from '../support/actors.ts';
import { startHub } from '../support/daemon.ts';

for (const first of DIALECTS) {
  for (const second of DIALECTS) {
    await t.test(`${first} with ${second}`, async (t) => {
      const hub = await startHub(t);
      const lo = await actor(t, hub, first, 'LO');
      const er = await actor(t, hub, second, 'ER');
      const qw = await actor(t, hub, 'json', 'QW');
      await both(lo, er, 'QW joined!');
      t.ok(saw(lo, 'ER joined!'), 'who was there sees who comes');
      t.notOk(saw(er, 'LO joined!'), 'who comes later does not see it');

      lo.say('hello all');
      await both(lo, er, 'LO: hello all');
      er.say('hello LO, mail me at er@example.org');
      await both(lo, er, 'ER: hello LO, mail me at er@example.org');

      lo.tell('er', 'only for you');
      await er.sees('LO: @ER only for you');
      er.tell('LO', 'and back');
      await lo.sees('ER: @LO and back');
      lo.tell('nobody', 'lost?');
      await lo.sees('nobody here is called nobody');

      er.rename('ERIC');
      await both(lo, er, 'ER is now ERIC');
      lo.tell('ERIC', 'under the new name');
      await er.sees('LO: @ERIC under the new name');
      lo.tell('ER', 'under the old name');
      await lo.sees('nobody here is called ER');

      hub.daemon.hub.execute(OPERATOR, { type: 'kick', target: 'ERIC', reason: 'for the play' }, () => {});
      await er.ended();
      await lo.sees('ERIC was kicked (for the play)');

      lo.leave();
      await qw.sees('LO left!');
      const seen = qw.shown();
      for (const secret of ['only for you', 'and back', 'lost?'])
        t.notOk(saw(qw, secret), 'a witness sees nothing private');
      t.notOk(saw(er, 'LO left!'), 'who was kicked sees nothing after it');
      t.equal(seen.filter((line) => line.includes('hello all')).length, 1, 'a message is shown once');
    });
  }
}

async function both(lo: Actor, er: Actor, text: string): Promise<void> {
  await Promise.all([lo.sees(text), er.sees(text)]);
}

function saw(actor: Actor, text: string): boolean {
  return actor.shown().some((line) => line.includes(text));
}
