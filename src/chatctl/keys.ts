// The verbs about the hub's key: what people compare, the link that carries it, and the way to another key.

import { networkInterfaces } from 'node:os';
import { EXIT, type ExitCode, KEY_STEPS, type Keys } from '../control/protocol.ts';
import { ChatError } from '../core/errors.ts';
import { roomName } from '../core/names.ts';
import { dateAndTime } from './human.ts';
import { type Bench, misuse, type Verb } from './verb.ts';

const DEFAULT_PORT = '3040';
const STEPS = ['status', ...KEY_STEPS] as const;
const FROM = {
  own: 'made by the hub',
  settings: 'named by the settings',
  credentials: 'handed over by systemd',
};

export const FINGERPRINT: Verb = {
  name: 'fingerprint',
  aliases: [],
  args: '',
  words: { least: 0, most: 0 },
  help: "The fingerprint of the hub's key, to compare with what chat shows on first contact",
  flags: {},
  completes: 'nothing',
  run: async ({ client, screen }) => {
    const keys = await client.call('GET /v1/key', {});
    if (screen.form === 'json') screen.document({ key: keys.key, next: keys.next?.key ?? null });
    else {
      screen.line(keys.key);
      if (keys.next !== null) screen.line(`next: ${keys.next.key}`);
    }
    return EXIT.done;
  },
};

export const LINK: Verb = {
  name: 'link',
  aliases: [],
  args: '[ROOM]',
  words: { least: 0, most: 1 },
  help: 'A link to join by: chat LINK knows from it where the hub is and which key it has',
  flags: {
    host: {
      value: 'HOST[:PORT]',
      help: 'where others reach the hub; an address of this machine if left out',
      completes: 'nothing',
    },
  },
  completes: 'rooms',
  run: async ({ client, screen }, { words, flags }) => {
    const place = flags['host'] === undefined ? null : placeOf(flags['host']);
    const [word] = words;
    const room = word === undefined ? null : roomOf(word);
    const [{ key }, { listening }] = await Promise.all([
      client.call('GET /v1/key', {}),
      client.call('GET /v1/status', {}),
    ]);
    const own = placeOf(listening[0] ?? '');
    const host = place?.host ?? reachable(own.host);
    const port = place?.port ?? own.port ?? DEFAULT_PORT;
    const link = linkTo({ host, port, room, key });
    if (screen.form === 'json') screen.document({ link });
    else screen.line(link);
    if (place === null && screen.isTerminal)
      screen.hint(
        `${host} is an address of this machine: --host names the one that others use, if it is another`,
      );
    return EXIT.done;
  },
};

export const KEY: Verb = {
  name: 'key',
  aliases: [],
  args: `[${STEPS.join('|')}]`,
  words: { least: 0, most: 1 },
  help: 'Tell of the key of the hub; next makes and announces another, switch goes over to it, drop gives it up',
  flags: {},
  completes: STEPS,
  run: async (bench, { words }) => {
    const [step = 'status'] = words;
    if (!isStep(step)) throw misuse(`there is no chatctl key ${step}: choose one of ${STEPS.join(', ')}`);
    if (step === 'status') return showKeys(bench, await bench.client.call('GET /v1/key', {}));
    const keys = await bench.client.call('POST /v1/key', { step });
    const { screen } = bench;
    if (screen.form === 'json') screen.document(keys);
    else if (step === 'next') {
      screen.line(`announced: ${keys.next?.key}`);
      screen.line('chat takes it up when it next talks to the hub; when all have, chatctl key switch');
    } else if (step === 'switch') {
      screen.line(`the key is ${keys.key} now`);
      screen.line('links made before name the old one: chatctl link makes new ones');
    } else screen.line('the announced key is given up');
    return EXIT.done;
  },
};

function showKeys({ screen }: Bench, keys: Keys): ExitCode {
  const { key, from, certificate, next } = keys;
  if (screen.form === 'json') screen.document(keys);
  else
    screen.list([
      ['key', `${key}, ${FROM[from]}`],
      [
        'certificate',
        `good until ${dateAndTime(certificate.until)}${from === 'own' ? ', renewed before' : ''}`,
      ],
      ['next key', next === null ? 'none' : `${next.key}, announced since ${dateAndTime(next.since)}`],
    ]);
  return EXIT.done;
}

function isStep(word: string): word is (typeof STEPS)[number] {
  return STEPS.some((step) => step === word);
}

function roomOf(word: string): string {
  try {
    return roomName(word);
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    throw misuse(error.message);
  }
}

interface Place {
  readonly host: string;
  readonly port: string | null;
}

function placeOf(text: string): Place {
  const [, bracketed, plain, port] =
    /^(?:\[([0-9a-f:.]+)\]|([^\s:/?#[\]@]+))(?::(\d{1,5}))?$/i.exec(text) ?? [];
  const bare = /^[0-9a-f:.]+$/i.test(text) && text.split(':').length > 2 ? text : undefined;
  const host = bracketed ?? plain ?? bare;
  if (host === undefined || Number(port ?? 0) > 65_535)
    throw misuse(`--host takes HOST or HOST:PORT, an IPv6 address in brackets, not ${text}`);
  return { host, port: port ?? null };
}

function linkTo(to: { host: string; port: string; room: string | null; key: string }): string {
  const host = to.host.includes(':') ? `[${to.host}]` : to.host;
  const port = to.port === DEFAULT_PORT ? '' : `:${to.port}`;
  const room = to.room === null ? '' : `/${encodeURIComponent(to.room.slice(1))}`;
  return `chat://${host}${port}${room}#${to.key}`;
}

/** An address that may reach the hub from elsewhere, where it listens on all of them. */
function reachable(host: string): string {
  if (host !== '::' && host !== '0.0.0.0') return host;
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const outside = all.filter(({ internal, address }) => !internal && !address.startsWith('fe80:'));
  const [best] = [...outside.filter(({ family }) => family === 'IPv4'), ...outside];
  return best?.address ?? 'localhost';
}
