// The files by which an operator puts a hub on AWS: what can be known of them without an account there.

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { parseDocument, visit } from 'yaml';
import { defaultInWords } from '../../src/daemon/settings.ts';
import { CLIENT_FILES, SERVER_FILES } from './installed-files.ts';
import { readUserData } from './user-data.ts';

const ROOT = join(import.meta.dirname, '../..');
const PORT = Number(/:(\d+)"/.exec(defaultInWords('listen'))?.[1]);

interface Outcome {
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(program, args, { env: { ...process.env, ...env } }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : (error.code ?? 'killed'), stdout, stderr });
    });
  });
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** What aws is told, a word a line. */
function rule(from: string): string {
  const permission = `IpProtocol=tcp,FromPort=${PORT},ToPort=${PORT},${from}`;
  return `ec2\nauthorize-security-group-ingress\n--group-id\nsg-1\n--ip-permissions\n${permission}\n`;
}

await t.test('security-group.sh asks aws for the one rule', async (t) => {
  const bin = await mkdtemp(join(tmpdir(), 'chatroom-aws-'));
  t.teardown(() => rm(bin, { recursive: true }));
  await writeFile(join(bin, 'aws'), '#!/bin/sh\nprintf "%s\\n" "$@"\n', { mode: 0o755 });
  const script = (...args: readonly string[]): Promise<Outcome> =>
    run(join(ROOT, 'packaging/security-group.sh'), args, { PATH: `${bin}:/usr/bin:/bin` });
  for (const [source, from] of [
    ['10.0.0.0/16', 'IpRanges=[{CidrIp=10.0.0.0/16,Description=chatroom}]'],
    ['2001:db8::/56', 'Ipv6Ranges=[{CidrIpv6=2001:db8::/56,Description=chatroom}]'],
    ['sg-2', 'UserIdGroupPairs=[{GroupId=sg-2,Description=chatroom}]'],
  ] as const)
    t.strictSame(await script('sg-1', source), { code: 0, stdout: rule(from), stderr: '' }, source);
  const { stdout } = await script('sg-1', 'sg-2', '--region', 'eu-central-1');
  t.match(stdout, /\n--region\neu-central-1\n$/, 'further flags are passed on');
  t.match(await script('sg-1'), { code: 2, stderr: /usage: / });
  t.match(await script('sg-1', 'everybody'), { code: 2, stderr: /everybody is neither/ });
});

await t.test('nlb.yaml is whole', async (t) => {
  const text = read('packaging/nlb.yaml');
  // The short forms of CloudFormation's functions are tags, which YAML itself knows nothing of.
  const document = parseDocument(text, { logLevel: 'silent' });
  t.strictSame(document.errors, []);
  const { Parameters, Resources } = document.toJS() as Record<string, Record<string, object>>;
  const names = [...Object.keys(Parameters ?? {}), ...Object.keys(Resources ?? {})];
  const used = new Set<string>();
  visit(document, {
    Scalar: (_, { tag, value }) => {
      if (tag === '!Ref' || tag === '!GetAtt') used.add(String(value).split('.')[0] ?? '');
    },
  });
  t.strictSame(
    [...used].filter((name) => !names.includes(name)),
    [],
    'all that is referred to is there',
  );
  t.strictSame(
    Object.keys(Parameters ?? {}).filter((name) => !used.has(name)),
    [],
    'and all that is asked is used',
  );
  const ports = [...text.matchAll(/Port: (\d+)/g)].map(([, port]) => Number(port));
  t.strictSame([...new Set(ports)], [PORT]);
  t.match(Resources?.['Hub'], {
    Properties: { HealthCheckPath: '/healthz', HealthCheckPort: 'traffic-port' },
  });
});

await t.test('cloud-init.yaml has scripts that a shell can read', async (t) => {
  const data = readUserData(read('packaging/cloud-init.yaml'));
  for (const { content } of data.write_files)
    t.strictSame(await run('bash', ['-n', '-c', content]), { code: 0, stdout: '', stderr: '' });
  t.equal(data.write_files.length, 1);
});

await t.test('the Containerfile is about the package', async (t) => {
  const text = read('packaging/Containerfile');
  t.match(text, /^COPY dist\/rpm\/ /m, 'npm run rpm puts the packages there');
  const [, program] = /^ENTRYPOINT \["(.*)"\]$/m.exec(text) ?? [];
  t.ok(SERVER_FILES.includes(program ?? ''), program ?? 'a program to start');
  t.match(text, new RegExp(`^EXPOSE ${PORT}$`, 'm'));
});

await t.test('user and state are the same for the unit, sysusers and tmpfiles', async (t) => {
  const unit = read('systemd/chatroom.service');
  const of = (key: string): string => new RegExp(`^${key}=(.*)$`, 'm').exec(unit)?.[1] ?? '';
  const state = `/var/lib/${of('StateDirectory')}`;
  t.match(read('packaging/sysusers.conf'), new RegExp(`^u ${of('User')} - ".*" ${state}$`, 'm'));
  const owner = `${of('User')} ${of('Group')}`;
  t.match(
    read('packaging/tmpfiles.conf'),
    new RegExp(`^d ${state} ${of('StateDirectoryMode')} ${owner} -$`, 'm'),
  );
  t.ok(CLIENT_FILES.every((path) => SERVER_FILES.includes(path)));
});

await t.test('npm run rpm says why it makes no package', async (t) => {
  t.match(await run(process.execPath, [join(ROOT, 'packaging/rpm.mjs'), '--arch', 'sparc']), {
    code: 1,
    stdout: '',
    stderr: /one of x86_64, aarch64/,
  });
});
