// What a stranger's scanner has to say about the hub's TLS: nothing, but that nobody vouches for its certificate.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { startHub } from '../support/daemon.ts';

interface Finding {
  readonly id: string;
  readonly severity: string;
  readonly finding: string;
}

/** What a certificate of the hub's own making cannot have: its key is checked instead. */
const OF_ITS_OWN_MAKING = ['cert_trust', 'cert_chain_of_trust', 'cert_revocation'];

// Debian calls it testssl, its authors testssl.sh.
const scanner = ['testssl', 'testssl.sh'].find(
  (name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).error === undefined,
);
const skip = scanner === undefined ? 'testssl.sh is not installed' : false;

t.setTimeout(120_000);

await t.test('testssl.sh: protocols, forward secrecy, certificate', { skip }, async (t) => {
  const hub = await startHub(t);
  const report = join(hub.stateDir, 'testssl.json');
  const checks = ['--protocols', '--pfs', '--server-defaults'];
  const quiet = ['--quiet', '--warnings', 'off', '--color', '0', '--nodns', 'none', '--ip', hub.host];
  const child = spawn(scanner ?? '', [...checks, ...quiet, '--jsonfile', report, `localhost:${hub.port}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 120_000,
  });
  const [out] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  const findings = JSON.parse(readFileSync(report, 'utf8')) as Finding[];
  const told = (id: string): string => findings.find((each) => each.id === id)?.finding ?? '';
  for (const id of ['SSLv2', 'SSLv3', 'TLS1', 'TLS1_1']) t.match(told(id), /not offered/, id);
  for (const id of ['TLS1_2', 'TLS1_3']) t.match(told(id), /offered/, id);
  t.strictSame(
    findings
      .filter(({ severity }) => ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL', 'FATAL'].includes(severity))
      .filter(({ id }) => !OF_ITS_OWN_MAKING.includes(id))
      .map(({ id, severity, finding }) => `${severity} ${id}: ${finding}`),
    [],
    out,
  );
});
