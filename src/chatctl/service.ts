// The verbs about the hub as a service: how it is, its settings, its log, its end.

import { EXIT, LOG_LEVELS, type LogLevel, type Status } from '../control/protocol.ts';
import { VERSION } from '../control/version.ts';
import { LOCKDOWN } from '../core/lockdown.ts';
import { dateAndTime, duration, size, timeOfDay } from './human.ts';
import { misuse, type Verb } from './verb.ts';

const NO_WORDS = { least: 0, most: 0 } as const;

export const STATUS: Verb = {
  name: 'status',
  aliases: [],
  args: '',
  words: NO_WORDS,
  help: 'How the hub is: users, rates, memory, store',
  flags: {},
  completes: 'nothing',
  run: async ({ client, screen }) => {
    const status = await client.call('GET /v1/status', {});
    if (screen.form === 'json') screen.document(status);
    else screen.list(statusRows(status));
    return EXIT.done;
  },
};

export const RELOAD: Verb = {
  name: 'reload',
  aliases: [],
  args: '',
  words: NO_WORDS,
  help: 'Read the settings again',
  flags: {},
  completes: 'nothing',
  run: async ({ client, screen }) => {
    const answer = await client.call('POST /v1/reload', {});
    const { changed, afterRestart } = answer;
    if (screen.form === 'json') {
      screen.document(answer);
      return EXIT.done;
    }
    screen.line(
      `the settings were read again; changed: ${changed.length === 0 ? 'nothing' : changed.join(', ')}`,
    );
    if (afterRestart.length > 0) screen.line(`after a restart, also: ${afterRestart.join(', ')}`);
    return EXIT.done;
  },
};

export const LOG_LEVEL: Verb = {
  name: 'log-level',
  aliases: [],
  args: '[LEVEL]',
  words: { least: 0, most: 1 },
  help: `Show or set what is logged, until the next start: ${LOG_LEVELS.join(', ')}`,
  flags: {},
  completes: LOG_LEVELS,
  run: async ({ client, screen }, { words }) => {
    const [wanted] = words;
    if (wanted === undefined) {
      const answer = await client.call('GET /v1/log-level', {});
      if (screen.form === 'json') screen.document(answer);
      else screen.line(answer.level);
      return EXIT.done;
    }
    if (!isLevel(wanted))
      throw misuse(`there is no log level ${wanted}: choose one of ${LOG_LEVELS.join(', ')}`);
    const answer = await client.call('PUT /v1/log-level', { level: wanted });
    if (screen.form === 'json') screen.document(answer);
    else screen.line(`the log level is ${answer.level} now, it was ${answer.was}`);
    return EXIT.done;
  },
};

export const STOP: Verb = {
  name: 'stop',
  aliases: [],
  args: '',
  words: NO_WORDS,
  help: 'Stop the hub and wait until it has stopped; systemd starts it again when chatroom.socket is active',
  flags: {},
  completes: 'nothing',
  run: async ({ client, screen }) => {
    let pid = 0;
    // The stream ends with the hub.
    for await (const line of client.stream('POST /v1/stop')) pid = line.pid;
    if (screen.form === 'json') screen.document({ stopped: true, pid });
    else screen.line('chatroom has stopped');
    return EXIT.done;
  },
};

export const VERSIONS: Verb = {
  name: 'version',
  aliases: [],
  args: '',
  words: NO_WORDS,
  help: 'The versions of chatctl and of the running hub',
  flags: {},
  completes: 'nothing',
  run: async ({ client, screen }) => {
    // The own version is told even when there is no hub to ask.
    if (screen.form === 'text') screen.line(`chatctl ${VERSION}`);
    const { version } = await client.call('GET /v1/version', {});
    if (screen.form === 'json') screen.document({ chatctl: VERSION, chatroomd: version });
    else screen.line(`chatroomd ${version}`);
    return EXIT.done;
  },
};

function isLevel(word: string): word is LogLevel {
  return LOG_LEVELS.some((level) => level === word);
}

function statusRows(status: Status): [string, string][] {
  const { users, rates, totals, connections, memory, store } = status;
  return [
    ['version', `${status.version} (Node ${status.node.replace(/^v/, '')})`],
    ['up', `${duration(status.uptimeMs)}, since ${dateAndTime(status.startedAt)}, process ${status.pid}`],
    ...(status.drainingUntil === null ? [] : [stopsAt(status.drainingUntil)]),
    ...(status.lockdown === 0 ? [] : [lockedDown(status.lockdown)]),
    ['listening', status.listening.join(', ')],
    ['users', `${users.here} here, ${users.away} away`],
    ['rooms', String(status.rooms)],
    [
      'connections',
      `${connections.open} open, ${connections.accepted} accepted, ${connections.refused} refused`,
    ],
    [
      'rates',
      `${perSecond(rates.entriesPerSecond)} entries/s, ${perSecond(rates.deliveriesPerSecond)} deliveries/s`,
    ],
    [
      'since start',
      `${totals.entries} entries, ${totals.deliveries} deliveries, ${totals.refused} refused requests`,
    ],
    ['memory', `${size(memory.rssBytes)}, of it ${size(memory.heapBytes)} heap`],
    [
      'store',
      'problem' in store
        ? store.problem
        : `${size(store.bytes)}, ${store.entries} entries in ${store.logs} logs`,
    ],
    ['log level', status.logLevel],
    ['settings', status.configFile ?? 'defaults, no file'],
  ];
}

function stopsAt(until: number): [string, string] {
  return ['stops', `at ${timeOfDay(until)}, as planned; chatctl drain --cancel gives that up`];
}

function lockedDown(level: number): [string, string] {
  return ['lockdown', `${level}, ${LOCKDOWN[level]}; chatctl lockdown 0 ends that`];
}

function perSecond(rate: number): string {
  return rate < 10 ? rate.toFixed(1) : rate.toFixed(0);
}
