// Settings from every source: which wins, what is refused, and with which words and place.

import {
  array,
  assert as assertProperty,
  constantFrom,
  dictionary,
  integer,
  oneof,
  property,
  string,
} from 'fast-check';
import { parse, stringify } from 'smol-toml';
import t from 'tap';
import { ConfigError, type Resolved, resolveSettings } from '../../src/daemon/config.ts';
import { readInvocation } from '../../src/daemon/options.ts';
import { environmentName, keyOf, SETTING_NAMES, tomlOf } from '../../src/daemon/settings.ts';
import { keyPositions } from '../../src/daemon/toml-positions.ts';
import { FILE, refusal, running, world } from './world.ts';

/** Settles settings that come from one file alone. */
function fromFile(text: string): Resolved {
  const { env, home, uid, hostName } = world();
  return resolveSettings({ flags: new Map(), file: { path: 'f', text }, here: { env, home, uid, hostName } });
}

function problemsOf(text: string): readonly string[] {
  try {
    fromFile(text);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

/** The first element of an array in TOML. */
function firstOf(toml: string): unknown {
  const elements = parse(`v = ${toml}`)['v'];
  return Array.isArray(elements) ? elements[0] : undefined;
}

await t.test('flag before environment before file before default', async (test) => {
  const files = { [FILE]: 'max-rooms = 3\nburst-per-session = 3\nidle-ping = 3\n' };
  const env = { CHATROOM_BURST_PER_SESSION: '4', CHATROOM_IDLE_PING: '4', CHATROOM_IDLE_DROP: '' };
  const { settings, origins } = running(readInvocation(['--idle-ping', '5'], world(env, files)));
  test.match(settings, { maxRooms: 3, burstPerSession: 4, idlePing: 5, idleDrop: 60 });
  test.equal(origins.get('maxRooms'), `${FILE}:1`);
  test.equal(origins.get('burstPerSession'), 'environment CHATROOM_BURST_PER_SESSION');
  test.equal(origins.get('idlePing'), 'flag --idle-ping');
  test.equal(origins.get('idleDrop'), 'default', 'an empty variable counts as unset');
  const shadowed = refusal(readInvocation(['--idle-ping', '5'], world({ CHATROOM_IDLE_PING: 'x' }, files)));
  test.match(
    shadowed,
    'environment: CHATROOM_IDLE_PING must be',
    'a bad value is refused even where another would win',
  );
});

await t.test('every setting has a default, a flag, an environment variable and a key', async (test) => {
  const plain = running(readInvocation([], world()));
  test.strictSame(plain.settings.listen, [{ host: '::', port: 3040 }]);
  test.equal(plain.settings.hubName, 'box');
  for (const name of SETTING_NAMES) {
    const toml = tomlOf(name, plain.settings);
    const value: unknown = parse(`x = ${toml}`)['x'];
    const text = Array.isArray(value) ? value.join(' ') : String(value);
    const flag = running(readInvocation([`--${keyOf(name)}`, text], world()));
    test.equal(tomlOf(name, flag.settings), toml, `--${keyOf(name)}`);
    if (text !== '') {
      const env = running(readInvocation([], world({ [environmentName(name)]: text })));
      test.equal(env.origins.get(name), `environment ${environmentName(name)}`);
    }
    test.equal(tomlOf(name, fromFile(`${keyOf(name)} = ${toml}`).settings), toml, keyOf(name));
  }
});

await t.test('values of each kind are read, and refused with what is allowed and where', async (test) => {
  const { settings } = fromFile(
    `listen = ["localhost:1", "[fe80::1]:0", "127.0.0.1:65535"]
proxy-from = ["10.1.0.0/16", "2001:db8::7"]
limits = false
rate-per-session = 0.5
idle-ping = "5m"
retention-days = "1d"
control-group = "1001"
hub-name = "Café 💬"`,
  );
  test.strictSame(
    settings.listen.map(({ host, port }) => [host, port]),
    [
      ['localhost', 1],
      ['fe80::1', 0],
      ['127.0.0.1', 65535],
    ],
  );
  test.strictSame(settings.proxyFrom, [
    { address: '10.1.0.0', prefix: 16, family: 'ipv4' },
    { address: '2001:db8::7', prefix: 128, family: 'ipv6' },
  ]);
  test.match(settings, {
    limits: 'off',
    ratePerSession: 0.5,
    idlePing: 300,
    retentionDays: 1,
    controlGroup: '1001',
    hubName: 'Café 💬',
  });

  test.strictSame(problemsOf('log-level = "loud"'), [
    'f:1:13: log-level must be one of error, warn, info, debug (got "loud")',
  ]);
  test.strictSame(problemsOf('max-rooms = 0'), [
    'f:1:13: max-rooms must be a whole number of rooms from 1 to 1000000 (got 0)',
  ]);
  const refused = [
    ['listen = []', 'a list of 1 to 64 values'],
    ['listen = "[::]:3040"', 'a list of 1 to 64 values'],
    ...[
      '3040',
      ':3040',
      '[::]',
      '::1:3040',
      '[::1:3040',
      '[1.2.3.4]:1',
      '1.2.3:4',
      '1.2.3.4:65536',
      'a b:1',
      'x..y:1',
    ].map((bad) => [`listen = ["${bad}"]`, 'HOST:PORT with a port from 0 to 65535']),
    ...['10.0.0.0/33', '::/129', 'example.org', '10.0.0.0/', '10.0.0'].map((bad) => [
      `proxy-from = ["${bad}"]`,
      'an IP address or a block',
    ]),
    ['proxy-from = [1]', 'an IP address or a block'],
    ['max-rooms = 1.5', 'a whole number of rooms'],
    ['max-rooms = "many"', 'a whole number of rooms'],
    ['max-rooms = -1', 'a whole number of rooms'],
    ['max-rooms = nan', 'a whole number of rooms'],
    ['max-rooms = true', 'a whole number of rooms'],
    ['rate-per-session = 0', 'a number of messages a second from 0.01'],
    ['idle-ping = "5 m"', 'a whole number of seconds from 1 to 86400, or a time like "90s"'],
    ['idle-ping = "2d"', 'a whole number of seconds from 1 to 86400'],
    ['retention-days = "12h"', 'a whole number of days'],
    ['limits = "yes"', 'one of on, off'],
    ['log-level = 3', 'one of error, warn'],
    ['log-level = 2026-01-01', 'one of error, warn, info, debug (got a date)'],
    ['hub-name = ""', 'one line of 1 to 64 characters'],
    [String.raw`hub-name = "a\u001b[31m"`, 'one line of 1 to 64 characters, none of them invisible'],
    [String.raw`hub-name = "a\u202eb"`, 'one line of 1 to 64 characters, none of them invisible'],
    ['control-group = "no group"', 'the name or number of a Unix group'],
    ['state-dir = "state"', 'the absolute path of a directory'],
    [`control = "/${'x'.repeat(107)}"`, 'the absolute path of a Unix socket, 107 bytes at most'],
  ] as const;
  for (const [text = '', words = ''] of refused) {
    const problems = problemsOf(text);
    test.equal(problems.length, 1, text);
    test.match(problems[0], /^f:1:[0-9]+: [a-z-]+ must be /);
    test.ok(problems[0]?.includes(words), words);
  }
  test.equal(fromFile(`control = "/${'x'.repeat(106)}"`).settings.control.length, 107);
});

await t.test('a file is refused with line and column, and all its faults at once', async (test) => {
  test.strictSame(
    problemsOf(`\uFEFF# listen = "nothing"\r
listen = [ "[::]:3040", # not ] the end, nor "this
   '''127.0.0.1:70000''', 'b:1' ]\r
log-levl = "info"
  "log-level"   =  "loud" # "
'max-rooms' = """
1x""" # max-rooms = 2
colour.text = 1
control.path = "/x"
[server] # listen
max-connections = "x"
[[server2."a]b"]]
idle-ping = "x"`),
    [
      'f:4:1: there is no setting "log-levl"; did you mean log-level?',
      'f:8:1: there is no setting "colour"; settings stand in no table, write them as key = value',
      'f:10:1: there is no setting "server"; settings stand in no table, write them as key = value',
      'f:12:1: there is no setting "server2"; settings stand in no table, write them as key = value',
      'f:3:4: listen must be HOST:PORT with a port from 0 to 65535, such as "[::]:3040" or "127.0.0.1:3040" (got "127.0.0.1:70000")',
      'f:9:16: control must be the absolute path of a Unix socket, 107 bytes at most (got a table)',
      'f:5:20: log-level must be one of error, warn, info, debug (got "loud")',
      'f:6:15: max-rooms must be a whole number of rooms from 1 to 1000000 (got "1x")',
    ],
  );
  test.match(problemsOf('listen = [\n'), [/^f:\d+:\d+: not valid TOML: /]);
  test.match(problemsOf('max-rooms = 1\nmax-rooms = 2'), [/^f:2:1: not valid TOML: /]);
});

await t.test('positions of keys hold in any TOML document', async (test) => {
  const text = string({
    unit: constantFrom('a', 'é', '"', "'", '\\', '#', '=', '[', ']', ',', '\n', '.', ' ', '{', '}'),
  });
  const value = oneof(text, integer(), array(oneof(text, array(text)), { maxLength: 3 }));
  assertProperty(
    property(dictionary(text, value, { noNullPrototype: true, maxKeys: 5 }), (document) => {
      const toml = stringify(document);
      const lines = toml.split('\n');
      const positions = keyPositions(toml);
      const rest = ({ line, column }: { line: number; column: number }): string =>
        [(lines[line - 1] ?? '').slice(column - 1), ...lines.slice(line)].join('\n');
      for (const [key, expected] of Object.entries(document)) {
        const position = positions.get(key);
        if (position === undefined || Object.keys(parse(rest(position.key)))[0] !== key) return false;
        if (stringify({ v: parse(`v = ${rest(position.value)}`)['v'] }) !== stringify({ v: expected }))
          return false;
        const elements = Array.isArray(expected) ? expected : [];
        const found = position.items.map((item) => firstOf(`[${rest(item).split('\n')[0]}`));
        if (JSON.stringify(found) !== JSON.stringify(elements)) return false;
      }
      return positions.size === Object.keys(document).length;
    }),
    { seed: 3040, numRuns: 300 },
  );
  const inline = keyPositions('a = {b = 1, c = [2, 3]}\n').get('a');
  test.strictSame(inline, { key: { line: 1, column: 1 }, value: { line: 1, column: 5 }, items: [] });
});
