// `npm run bench -- [ROW…]`: how fast the built hub is beside other servers that are installed and beside the least a loop can do, as ratios of
// this machine in this minute, since absolute figures mean nothing elsewhere. README.md tells how to repeat and read it.

import { parseArgs } from 'node:util';
import { GIVEN_LOAD } from './given-load.ts';
import { commitHere, printed, write } from './report.ts';
import type { Conditions, Row } from './row.ts';
import { PEOPLE_ROWS } from './rows-people.ts';
import { PROGRAM_ROWS } from './rows-programs.ts';
import { RESUME_ROW } from './rows-resume.ts';
import { ROOM_ROWS } from './rows-rooms.ts';
import { TALK_ROWS } from './rows-talk.ts';
import { TLS_ROWS } from './rows-tls.ts';
import { COMPARED, SERVERS } from './servers.ts';

const ROWS: Record<string, Row> = {
  ...TALK_ROWS,
  ...ROOM_ROWS,
  ...PEOPLE_ROWS,
  ...PROGRAM_ROWS,
  ...RESUME_ROW,
  ...TLS_ROWS,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: 'boolean', default: false },
    runs: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '3' },
    servers: { type: 'string', default: COMPARED.join(',') },
    tls: { type: 'boolean', default: false },
    evening: { type: 'string', default: '20' },
  },
});

if (values.help) {
  console.log(
    `rows:\n${Object.entries(ROWS)
      .map(([name, { about }]) => `  ${name.padEnd(16)} ${about}`)
      .join('\n')}`,
  );
  console.log('flags: --runs N, --seconds N, --servers NAME,NAME…, --evening SECONDS, --tls');
  process.exit();
}
// Servers under way end with this process, however it ends.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));

function refuse(why: string): never {
  console.error(`${why}; --help lists the rows and flags`);
  process.exit(2);
}

function positive(flag: 'runs' | 'seconds' | 'evening'): number {
  const value = Number(values[flag]);
  return value > 0 && (flag !== 'runs' || Number.isInteger(value))
    ? value
    : refuse(`--${flag} ${values[flag]}: a number above 0 is wanted`);
}

const unknown = positionals.find((name) => ROWS[name] === undefined);
if (unknown !== undefined) refuse(`no row ${unknown}`);
const wanted = values.servers.split(',');
const stranger = wanted.find((name) => !COMPARED.some((known) => known === name));
if (stranger !== undefined) refuse(`no server ${stranger}; there are ${COMPARED.join(', ')}`);
// The hub is what it is about, the bare loop what anybody can hold it against.
const here = COMPARED.filter((name) => {
  if (name !== 'hub' && name !== 'bare' && !wanted.includes(name)) return false;
  const why = SERVERS[name].missing();
  if (why !== undefined) console.log(`skipped: ${name}: ${why}`);
  return why === undefined;
});
if (GIVEN_LOAD !== undefined && values.tls) refuse('a load that is given speaks no TLS');
if (!here.includes('hub')) refuse('there is no hub to be measured: npm run build makes it');

const conditions: Conditions = {
  runs: positive('runs'),
  seconds: positive('seconds'),
  servers: here,
  yardstick: here.includes('ideal') ? 'ideal' : 'bare',
  load: GIVEN_LOAD === undefined ? 'own' : 'given',
  secure: values.tls,
  eveningSeconds: positive('evening'),
};
const commit = commitHere();
for (const [name, row] of Object.entries(ROWS)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  if (conditions.load === 'given' && TALK_ROWS[name] === undefined) {
    console.log(`skipped: ${name}: only talk in one room is measured by a load that is given`);
    continue;
  }
  try {
    const outcome = await row.measure(conditions);
    console.log(printed(name, row.about, outcome));
    write(conditions.load === 'own' ? name : `${name}-given-load`, row.about, outcome, conditions, commit);
  } catch (error) {
    // The other rows have nothing to do with it.
    console.error(`${name} could not be measured: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
