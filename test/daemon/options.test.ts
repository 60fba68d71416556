// The command line of chatroomd, the places it takes for granted, and what it prints about its settings.

import t from 'tap';
import {
  controlSocketCandidates,
  defaultConfigFile,
  defaultControlSocket,
  defaultStateDir,
  socketPathProblem,
  type Surroundings as Places,
} from '../../src/control/paths.ts';
import { ConfigError, mergeReloaded } from '../../src/daemon/config.ts';
import { readInvocation } from '../../src/daemon/options.ts';
import { keyOf, SETTING_NAMES } from '../../src/daemon/settings.ts';
import { FILE, refusal, running, world } from './world.ts';

/** What --print-config printed, without where the values came from. */
function values(text: string): string {
  return text.replaceAll(/ +# from .*$/gm, '');
}

function here(env: Record<string, string>, uid = 1000): Places {
  return { env, home: '/home/ana', uid };
}

await t.test('which file is read', async (test) => {
  test.match(
    refusal(readInvocation(['--config', '/no.toml'], world())),
    'chatroomd: /no.toml: the settings cannot be read: there is no such file',
  );
  test.match(
    refusal(readInvocation([], world({ CHATROOM_CONFIG: '/no.toml' }))),
    '/no.toml: the settings cannot be read',
  );
  test.match(
    refusal(readInvocation(['--config', FILE], world())),
    'no such file',
    'the usual file, once named, must be there',
  );
  const other = { '/a.toml': 'max-rooms = 7', [FILE]: 'max-rooms = 8' };
  test.equal(running(readInvocation(['--config=/a.toml'], world({}, other))).settings.maxRooms, 7);
  test.match(
    refusal(readInvocation([], world({}, { [FILE]: Uint8Array.of(0x61, 0xff) }))),
    'the file is not UTF-8 text',
  );
  test.match(
    refusal(readInvocation([], world({}, { [FILE]: '#'.repeat(70_000) }))),
    'a settings file may have 65536 bytes',
  );
  const locked = {
    ...world(),
    readFile: () => {
      throw Object.assign(new Error('no'), { code: 'EACCES' });
    },
  };
  test.match(refusal(readInvocation([], locked)), `${FILE}: the settings cannot be read: permission denied`);
});

await t.test('the command line', async (test) => {
  const unknown = refusal(readInvocation(['word', '--lissten', 'x', '-q', '--no-limit'], world()));
  test.match(unknown, 'chatroomd: there is no flag --lissten; did you mean --listen?\n');
  test.match(unknown, 'there is no flag -q\n');
  test.match(unknown, '"word" is not a flag');
  test.match(unknown, 'did you mean --no-limits?');
  test.match(unknown, /chatroomd --help lists all flags\n$/);
  test.match(
    refusal(readInvocation(['--log-level'], world())),
    '--log-level must be one of error, warn, info, debug (got "")',
  );
  const repeated = running(
    readInvocation(
      ['--listen', '[::1]:1', '--log-level', 'warn', '--listen=b:2,c:3', '--log-level', 'debug'],
      world(),
    ),
  );
  test.strictSame(
    repeated.settings.listen.map(({ host }) => host),
    ['::1', 'b', 'c'],
    'a list is gathered',
  );
  test.equal(repeated.settings.logLevel, 'debug', 'of any other setting the last flag counts');
  test.equal(running(readInvocation(['--no-limits'], world())).settings.limits, 'off');
  test.equal(running(readInvocation(['--hub-name', '007'], world())).settings.hubName, '007');
  test.strictSame(readInvocation(['--version'], world()), {
    kind: 'answer',
    text: 'chatroomd 9.8.7\n',
    exitCode: 0,
  });
  const help = readInvocation(['--help'], world());
  for (const name of SETTING_NAMES) test.match(help, { kind: 'answer', text: `--${keyOf(name)} ` });
  test.match(readInvocation(['--check-config'], world()), {
    kind: 'answer',
    text: 'chatroomd: the settings are good\n',
    exitCode: 0,
  });
  const restore = ['--restore', 'b.db'];
  const ofService = { kind: 'restore', backup: 'b.db', stateDir: '/var/lib/chatroom' };
  test.strictSame(readInvocation(restore, { ...world(), uid: 0 }), ofService, 'root means the service');
  test.match(readInvocation(restore, world()), { stateDir: '/home/ana/.local/state/chatroom' });
  test.match(readInvocation([...restore, '--state-dir', '/s'], { ...world(), uid: 0 }), { stateDir: '/s' });
  test.match(refusal(readInvocation(['--restore'], world())), '--restore needs the path of a backup');
  const both = refusal(
    readInvocation(['--check-config', '--max-rooms', 'x'], world({}, { [FILE]: 'a = 1\nlimits = 2' })),
  );
  test.equal(both.split('\n').length, 4, 'every fault of every source is told');
});

await t.test('--print-config prints a settings file that means the same', async (test) => {
  const argv = [
    '--listen',
    '[::1]:5',
    '--hub-name',
    'a "b" # c',
    '--proxy-from',
    '10.0.0.0/8',
    '--print-config',
  ];
  const printed = readInvocation(argv, world({ CHATROOM_IDLE_PING: '9' }, { [FILE]: '# x\nmax-rooms = 7' }));
  if (printed.kind !== 'answer') throw new Error('nothing printed');
  test.match(printed.text, /^max-rooms = 7 +# from \/home\/ana\/\.config\/chatroom\/chatroom\.toml:2$/m);
  test.match(printed.text, /^idle-ping = 9 +# from environment CHATROOM_IDLE_PING$/m);
  test.match(printed.text, /^listen = \["\[::1\]:5"\] +# from flag --listen$/m);
  test.match(printed.text, /^idle-drop = 60 +# from default$/m);
  const again = readInvocation(
    ['--config', '/printed', '--print-config'],
    world({}, { '/printed': printed.text }),
  );
  test.equal(again.kind === 'answer' && values(again.text), values(printed.text));
  const forged = readInvocation(
    ['--config', '/a\nb', '--print-config'],
    world({}, { '/a\nb': 'max-rooms = 7' }),
  );
  test.match(forged, { text: String.raw`# from /a\nb:1` });
});

await t.test('settings read again while running', async (test) => {
  const files: Record<string, string> = { [FILE]: 'max-rooms = 7\nlisten = ["a:1"]' };
  const invocation = readInvocation(['--idle-ping', '5'], world({}, files));
  const before = running(invocation);
  files[FILE] = 'max-rooms = 8\nlisten = ["a:2"]\nidle-ping = 6';
  const reread = invocation.kind === 'run' ? invocation.reread() : before;
  const { resolved, changed, waiting } = mergeReloaded(before, reread);
  test.strictSame(changed, ['maxRooms']);
  test.strictSame(waiting, ['listen']);
  test.match(resolved.settings, { maxRooms: 8, listen: [{ host: 'a', port: 1 }], idlePing: 5 });
  test.equal(resolved.origins.get('maxRooms'), `${FILE}:1`);
  files[FILE] = 'max-rooms = "x"';
  test.throws(() => invocation.kind === 'run' && invocation.reread(), ConfigError);
});

await t.test('places on disk', async (test) => {
  const service = here({
    STATE_DIRECTORY: '/var/lib/chatroom:/var/lib/two',
    RUNTIME_DIRECTORY: '/run/chatroom',
  });
  test.equal(defaultStateDir(service), '/var/lib/chatroom');
  test.equal(defaultControlSocket(service), '/run/chatroom/control.sock');
  test.equal(defaultConfigFile(service), '/etc/chatroom/chatroom.toml');
  test.equal(defaultConfigFile(here({}, 0)), '/etc/chatroom/chatroom.toml');
  const xdg = here({ XDG_STATE_HOME: '/s', XDG_CONFIG_HOME: '/c', XDG_RUNTIME_DIR: '/run/user/1000' });
  test.equal(defaultStateDir(xdg), '/s/chatroom');
  test.equal(defaultConfigFile(xdg), '/c/chatroom/chatroom.toml');
  test.equal(defaultControlSocket(xdg), '/run/user/1000/chatroom/control.sock');
  const relative = here({
    XDG_STATE_HOME: 's',
    XDG_CONFIG_HOME: '',
    XDG_RUNTIME_DIR: 'r',
    STATE_DIRECTORY: 's',
    RUNTIME_DIRECTORY: '',
  });
  test.equal(
    defaultStateDir(relative),
    '/home/ana/.local/state/chatroom',
    'relative and empty values are ignored',
  );
  test.equal(defaultConfigFile(relative), FILE);
  test.equal(defaultControlSocket(relative), '/home/ana/.local/state/chatroom/control.sock');
  test.strictSame(controlSocketCandidates(xdg), [
    '/run/chatroom/control.sock',
    '/run/user/1000/chatroom/control.sock',
    '/s/chatroom/control.sock',
  ]);
  test.strictSame(controlSocketCandidates(here({ CHATROOM_CONTROL: '/x' })), ['/x']);
  test.equal(socketPathProblem(`/${'é'.repeat(53)}`), undefined);
  test.match(socketPathProblem(`/${'é'.repeat(53)}a`), '108 bytes long');
  const deep = { ...world(), home: `/${'h'.repeat(100)}` };
  test.match(
    refusal(readInvocation([], deep)),
    'choose a shorter one',
    'a default that cannot be used is refused too',
  );
});
