// The rows on TLS: what it adds to a delivery, and what a newcomer's handshake costs beside another server.

import { join } from 'node:path';
import { compare } from './compare.ts';
import { FIGURES, measure } from './fan-out.ts';
import { handshakes } from './handshakes.ts';
import { asked, type Conditions, type Outcome, ratios, type Row } from './row.ts';
import { Running } from './running.ts';

const TALK = { members: 1000, perSecond: 100 };

async function cost({ runs, seconds }: Conditions): Promise<Outcome> {
  const crowd = { members: TALK.members, rooms: 1, speakers: 20, besides: 1 } as const;
  const pace = { kind: 'rate', perSecond: TALK.perSecond } as const;
  const { column, troubles } = await compare(['hub', 'hub over TLS'], runs, (name) =>
    measure('hub', { crowd, pace, seconds, secure: name === 'hub over TLS' }),
  );
  const cpu = column('cpuMicros');
  return {
    columns: FIGURES.map(column),
    verdicts: asked({
      what: 'CPU per delivery over TLS to that in plain text',
      figure: ratios(cpu.values['hub over TLS'], cpu.values['hub']),
      bar: 1.5,
      sense: 'at most',
    }),
    troubles,
  };
}

async function connects({ runs, seconds, servers }: Conditions): Promise<Outcome> {
  const names = servers.filter((name) => name === 'hub' || name === 'nats');
  const { column, troubles } = await compare(names, runs, async (name) => {
    await using hub = await Running.start('hub');
    if (name === 'hub') return await handshakes(hub, seconds, false);
    // The hub's own key serves both, so that they reckon with the same curve.
    const key = ['--tls', '--tlscert', join(hub.dir, 'tls.crt'), '--tlskey', join(hub.dir, 'tls.key')];
    await using server = await Running.start(name, { after: key });
    return await handshakes(server, seconds, true);
  });
  return { columns: [column('cpuMicrosEach')], verdicts: [], troubles };
}

/** The rows by name, in the order of the table. */
export const TLS_ROWS: Record<string, Row> = {
  tls: {
    about: `${TALK.members} members, ${TALK.perSecond} messages a second, plain and over TLS`,
    measure: cost,
  },
  'tls-connects': {
    about: 'what a TLS handshake costs the server, one connection after another from 16 clients',
    measure: connects,
  },
};
