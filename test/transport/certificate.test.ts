// Certificates of the hub's own making, read by two that had no part in it: Node and openssl.

import { spawnSync } from 'node:child_process';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type CertificateWishes, makeCertificate } from '../../src/transport/certificate.ts';
import { bitString, integer, oid, tagged, time, utf8 } from '../../src/transport/der.ts';
import { temporaryDirectory } from '../support/daemon.ts';
import { noOpenssl } from '../support/tls.ts';

const { privateKey: key, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const FROM = Date.UTC(2026, 10, 22, 20, 31, 5);
const UNTIL = Date.UTC(2027, 10, 22, 20, 31, 5);

function made(wishes: Partial<CertificateWishes> = {}): string {
  return makeCertificate({ key, name: 'hub', hosts: [], from: FROM, until: UNTIL, ...wishes });
}

await t.test('what Node reads in it is what was wished', (t) => {
  const hosts = ['chat.example.org', 'localhost', '192.0.2.7', '2001:db8::7', '::1', '::ffff:192.0.2.7'];
  const x509 = new X509Certificate(made({ name: 'Zoë’s 漢字 hub', hosts }));
  t.equal(x509.subject, 'CN=Zoë’s 漢字 hub');
  t.equal(x509.issuer, x509.subject, 'nobody vouches for it');
  t.ok(x509.checkPrivateKey(key));
  t.ok(x509.verify(publicKey), 'it is signed by its own key');
  t.strictSame([x509.validFromDate.getTime(), x509.validToDate.getTime()], [FROM, UNTIL]);
  t.equal(x509.ca, false);
  t.strictSame(x509.keyUsage, ['1.3.6.1.5.5.7.3.1'], 'for servers');
  t.match(x509.serialNumber, /^[0-9A-F]{2,32}$/);
  t.ok(x509.checkHost('chat.example.org'));
  t.notOk(x509.checkHost('example.org'));
  for (const address of ['192.0.2.7', '2001:db8::7', '::1']) t.ok(x509.checkIP(address), address);
  t.match(x509.subjectAltName, /IP Address:0:0:0:0:0:FFFF:C000:207/i);
  t.equal(new X509Certificate(made()).subjectAltName, undefined, 'names may be left out');
  const serials = Array.from({ length: 50 }, () => new X509Certificate(made()).serialNumber);
  t.equal(new Set(serials).size, 50);
  t.end();
});

await t.test('and openssl has nothing against it', { skip: noOpenssl }, (t) => {
  const dir = temporaryDirectory(t);
  const late = Date.UTC(2051, 1, 3, 4, 5, 6);
  const file = join(dir, 'hub.crt');
  writeFileSync(file, made({ hosts: ['a.example', '2001:db8::7'], until: late }));
  const openssl = (...args: string[]): string => {
    const { stdout, stderr, status } = spawnSync('openssl', args, { encoding: 'utf8' });
    t.equal(status, 0, stderr);
    return stdout;
  };
  const text = openssl('x509', '-in', file, '-noout', '-text');
  for (const expected of [
    /Version: 3 \(0x2\)/,
    /Signature Algorithm: ecdsa-with-SHA256/,
    /Not Before: Nov 22 20:31:05 2026 GMT/,
    /Not After : Feb {2}3 04:05:06 2051 GMT/,
    /NIST CURVE: P-256/,
    /Basic Constraints: critical\s+CA:FALSE/,
    /Key Usage: critical\s+Digital Signature\n/,
    /Extended Key Usage: *\n\s+TLS Web Server Authentication/,
    /DNS:a\.example, IP Address:2001:DB8:0:0:0:0:0:7/,
  ])
    t.match(text, expected);
  const at = String(Date.UTC(2030, 0) / 1000);
  const strict = ['-x509_strict', '-check_ss_sig', '-purpose', 'sslserver', '-attime', at];
  t.match(openssl('verify', ...strict, '-CAfile', file, file), /: OK/);
  const again = spawnSync('openssl', ['x509', '-in', file, '-outform', 'DER']).stdout;
  t.ok(again.equals(new X509Certificate(readFileSync(file)).raw), 'and would write the same bytes');
  t.end();
});

await t.test('DER has one form for each value', (t) => {
  for (const [bytes, hex] of [
    [integer(0n), '020100'],
    [integer(127n), '02017f'],
    [integer(128n), '02020080'],
    [integer(65_535n), '020300ffff'],
    [oid('1.2.840.10045.4.3.2'), '06082a8648ce3d040302'],
    [oid('2.5.29.17'), '0603551d11'],
    [bitString(Buffer.of(0x80), 7), '03020780'],
    [utf8('é'), '0c02c3a9'],
    [time(Date.UTC(2049, 11, 31, 23, 59, 59)), `170d${Buffer.from('491231235959Z').toString('hex')}`],
    [time(Date.UTC(2050, 0, 1)), `180f${Buffer.from('20500101000000Z').toString('hex')}`],
  ] as const)
    t.equal(bytes.toString('hex'), hex);
  for (const [length, head] of [
    [127, '047f'],
    [128, '048180'],
    [255, '0481ff'],
    [256, '04820100'],
    [70_000, '0483011170'],
  ] as const) {
    const value = tagged(4, Buffer.alloc(length));
    t.equal(value.toString('hex', 0, value.length - length), head, `${length} octets`);
  }
  t.end();
});
