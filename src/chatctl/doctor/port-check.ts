// Whether people can come in: each address is connected to and asked what a load balancer asks.

import { Failure } from '../failure.ts';
import type { Facts } from './facts.ts';
import { type Check, fail, type Finding, ok, skip } from './finding.ts';

const http = process.getBuiltinModule('node:http');

const PORT_WAIT_MS = 3_000;

/** Where an address that means all of them can be reached from here. */
const OWN_ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  '::': ['::1', '127.0.0.1'],
  '0.0.0.0': ['127.0.0.1'],
};

/** What came of a question: an HTTP status, something else than HTTP or nothing from one who listens, or nobody who listens. */
type Answer =
  | { readonly from: 'http'; readonly status: number }
  | { readonly from: 'somebody' | 'nobody'; readonly why: string };

export const PORT: Check = {
  name: 'port',
  run: async (facts) => {
    if (!(facts.hub instanceof Failure)) return reachable(facts.hub.status.listening);
    if ('values' in facts.settings) return isFree(facts, listOf(facts.settings.values.get('listen')));
    return skip('nobody can tell where the hub would listen');
  },
};

/** A hub runs: all its addresses must answer. */
async function reachable(addresses: readonly string[]): Promise<Finding> {
  for (const address of addresses) {
    const answer = await askHealth(address);
    if (answer.from === 'http' && answer.status === 200) continue;
    if (answer.from === 'http' && answer.status === 503)
      return fail(`${address} answers that the hub is not ready`, 'see what is said of the store');
    const why = answer.from === 'http' ? `HTTP status ${answer.status}` : answer.why;
    return answer.from === 'nobody'
      ? fail(`${address} cannot be reached from this machine: ${why}`, 'journalctl -u chatroom tells why')
      : fail(`${address} does not answer as a hub: ${why}`, 'ss -ltnp shows which program it is');
  }
  return ok(`${addresses.join(' and ')} can be reached from this machine`);
}

/** No hub runs: nobody else may have its place. While systemd holds the port, the question itself would start the hub. */
async function isFree({ units }: Facts, addresses: readonly string[]): Promise<Finding> {
  if (!('why' in units) && units.socket.get('ActiveState') === 'active')
    return skip('chatroom.socket holds it, and asking would start the hub');
  for (const address of addresses) {
    if ((await askHealth(address)).from !== 'nobody')
      return fail(
        `${address} is taken by another program`,
        'ss -ltnp shows which: end it, or give the hub another address by the setting listen',
      );
  }
  return skip(`nothing is at ${addresses.join(' and ')}, since the hub is not running`);
}

async function askHealth(address: string): Promise<Answer> {
  const [, bracketed, bare, port = ''] = /^(?:\[(.*)\]|(.*)):(\d+)$/.exec(address) ?? [];
  const host = bracketed ?? bare ?? '';
  let answer: Answer = { from: 'nobody', why: 'it is no address' };
  for (const each of OWN_ADDRESSES[host] ?? [host]) {
    answer = await askHealthAt(each, Number(port));
    if (answer.from !== 'nobody') return answer;
  }
  return answer;
}

function askHealthAt(host: string, port: number): Promise<Answer> {
  return new Promise((resolve) => {
    let from: 'somebody' | 'nobody' = 'nobody';
    const request = http.get(
      { host, port, path: '/healthz', agent: false, timeout: PORT_WAIT_MS },
      (response) => {
        resolve({ from: 'http', status: response.statusCode ?? 0 });
        response.destroy();
      },
    );
    request.once('socket', (socket) => socket.once('connect', () => (from = 'somebody')));
    request.once('timeout', () => request.destroy(new Error(`nothing came in ${PORT_WAIT_MS / 1000} s`)));
    request.once('error', ({ message }) => resolve({ from, why: message }));
  });
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
