// The verbs about the hub's key: what people compare, the link that carries it, and the way to another key.

import { EXIT, type ExitCode, KEY_STEPS, type Keys } from '../control/protocol.ts';
import { dateAndTime } from './human.ts';
import { HOST_FLAG, joinLink } from './links.ts';
import { type Bench, misuse, type Verb } from './verb.ts';

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
    host: HOST_FLAG,
  },
  completes: 'rooms',
  run: async (bench, { words, flags }) => {
    const { link } = await joinLink(bench, { host: flags['host'], room: words[0] });
    if (bench.screen.form === 'json') bench.screen.document({ link });
    else bench.screen.line(link);
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
