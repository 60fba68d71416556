// `npm run bench -- [ROW…]`: how fast the built hub is beside other servers that are installed and beside the least a loop can do, as ratios of
// this machine in this minute, since absolute figures mean nothing elsewhere. README.md tells how to repeat and read it.

import { parseArgs } from 'node:util';
import { printed, write } from './report.ts';
import type { Conditions, Row } from './row.ts';
import { PEOPLE_ROWS } from './rows-people.ts';
import { PROGRAM_ROWS } from './rows-programs.ts';
import { RESUME_ROW } from './rows-resume.ts';
import { TALK_ROWS } from './rows-talk.ts';
import { TLS_ROWS } from './rows-tls.ts';
import { COMPARED, type ServerName, SERVERS } from './servers.ts';

const ROWS: Record<string, Row> = {
  ...TALK_ROWS,
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
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const unknown = positionals.filter((name) => ROWS[name] === undefined);
if (unknown.length > 0) {
  console.error(`no row ${unknown.join(', ')}; there are ${Object.keys(ROWS).join(', ')}`);
  process.exit(2);
}

const wanted = values.servers.split(',');
const here: ServerName[] = [];
for (const name of COMPARED) {
  if (name !== 'hub' && !wanted.includes(name)) continue;
  const why = SERVERS[name].missing();
  if (why === undefined) here.push(name);
  else console.log(`skipped: ${name}: ${why}`);
}

const conditions: Conditions = {
  runs: Number(values.runs),
  seconds: Number(values.seconds),
  servers: here,
  yardstick: here.includes('ideal') ? 'ideal' : 'bare',
  secure: values.tls,
  eveningSeconds: Number(values.evening),
};
for (const name of positionals.length > 0 ? positionals : Object.keys(ROWS)) {
  const row = ROWS[name];
  if (row === undefined) continue;
  const outcome = await row.measure(conditions);
  console.log(printed(name, row.about, outcome));
  write(name, row.about, outcome, conditions);
}
