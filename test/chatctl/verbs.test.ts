// Each verb of chatctl against a real hub: what it does, what it prints for a person, and what for a program.

import t from 'tap';
import { startRig } from '../control/rig.ts';
import { chatctl, told } from './run.ts';

await t.test('who and rooms', async (t) => {
  const { path, member, hub } = await startRig(t);
  const lo = await member('LO');
  const wide = await member('日本語');
  hub.request(lo.session, { type: 'topic', room: '#lobby', text: 'what we  do today' }, null, () => {});
  hub.request(wide.session, { type: 'join', room: '#dev' }, null, () => {});
  if (lo.session.outlet !== null) hub.detach(lo.session, lo.session.outlet);
  const [who, inRoom, whoJson, rooms, list, roomsJson, noRoom] = await Promise.all([
    chatctl(path, ['who']),
    chatctl(path, ['who', '--room', 'dev']),
    chatctl(path, ['--json', 'who']),
    chatctl(path, ['rooms']),
    chatctl(path, ['list']),
    chatctl(path, ['rooms', '--json']),
    chatctl(path, ['who', '--room', '#moon']),
  ]);
  told(t, who, { code: 0, err: '' });
  const [header = '', first = '', second = ''] = who.out.split('\n');
  t.match(header, /^NAME {5}ID {8}ADDRESS +DIALECT +VIA +CONNECTED +IDLE +LAG +ROOMS$/);
  t.match(
    first,
    new RegExp(`^LO {7}\\${lo.session.id} +- +- +- +\\d+s +away +\\d+ +#lobby$`),
    'one who is away',
  );
  t.match(
    second,
    /^日本語 {3}\+\S+ +192\.0\.2\.7 +json +local +\d+s +\d+s +0 +#lobby,#dev$/,
    'wide characters line up',
  );
  t.notMatch(who.out, /\u001b/, 'no colour into a pipe');
  t.match(inRoom.out, /^NAME .*\n日本語 .*\n$/);
  t.match(JSON.parse(whoJson.out), {
    users: [
      { nick: 'LO', session: lo.session.id, state: 'away', since: Number, activeAt: Number, lag: Number },
      { nick: '日本語', address: '192.0.2.7', dialect: 'json', rooms: ['#lobby', '#dev'], state: 'here' },
    ],
  });
  t.equal(whoJson.out.trimEnd().split('\n').length, 1, 'a document on one line');
  t.match(
    rooms.out,
    /^ROOM {5}MEMBERS {3}ENTRIES {3}TOPIC\n#lobby {3}2 {9}\d {9}what we {2}do today\n#dev {5}1 {9}1 {9}-\n$/,
  );
  t.equal(list.out, rooms.out);
  t.match(JSON.parse(roomsJson.out), {
    rooms: [{ room: '#lobby', members: 2, topic: 'what we  do today' }, { room: '#dev' }],
  });
  told(t, noRoom, { code: 1, out: '', err: /^chatctl: there is no room #moon/ });
});

await t.test('kick says how many matched', async (t) => {
  const { path, member } = await startRig(t);
  const [er, qw, lo] = [await member('ER'), await member('QW'), await member('LO')];
  told(t, await chatctl(path, ['kick', 'er', '--reason', 'too loud']), {
    code: 0,
    out: '1 matched: er was kicked\n',
    err: '',
  });
  t.match(er.byes, [{ code: 'kicked', text: 'you were kicked: too loud' }]);
  t.match(lo.entries.at(-1), { kind: 'kick', to: 'ER', text: 'too loud' });
  told(t, await chatctl(path, ['kick', qw.session.id, '--json']), {
    code: 0,
    out: '{"matched":1}\n',
    err: '',
  });
  t.match(qw.byes, [{ code: 'kicked' }]);
  const [none, noneJson, at, long] = await Promise.all([
    chatctl(path, ['kick', 'nobody']),
    chatctl(path, ['kick', 'nobody', '--json']),
    chatctl(path, ['kick', '@..']),
    chatctl(path, ['kick', 'LO', '--reason', 'x'.repeat(400), '--json']),
  ]);
  told(t, none, {
    code: 1,
    out: '',
    err: 'chatctl: 0 matched: nobody here is called nobody; chatctl who lists who is here\n',
  });
  told(t, noneJson, { code: 1, out: '{"matched":0}\n', err: '' });
  told(t, at, { code: 1, err: /nobody here is called \.\.;/ });
  told(t, long, { code: 1, out: '' });
  t.match(JSON.parse(long.err), { error: { code: 'too-long', text: /at most 300 characters/ } });
  t.same(lo.byes, [], 'nobody else was kicked');
});

await t.test('notice reaches all, a room, or one; its text may come from a pipe', async (t) => {
  const { path, member, hub } = await startRig(t);
  const [lo, er] = [await member('LO'), await member('ER')];
  hub.request(er.session, { type: 'join', room: '#dev' }, null, () => {});
  const last = (who: typeof lo): string => who.entries.at(-1)?.text ?? '';
  told(t, await chatctl(path, ['notice', 'update', 'at', '5']), {
    code: 0,
    out: 'told everybody\n',
    err: '',
  });
  t.same([last(lo), last(er)], ['update at 5', 'update at 5']);
  told(t, await chatctl(path, ['broadcast', '--room', 'dev', '--', '-5 degrees']), {
    code: 0,
    out: 'told #dev\n',
  });
  t.same([last(lo), last(er)], ['update at 5', '-5 degrees']);
  told(t, await chatctl(path, ['notice', '--to', '@lo'], { input: 'for you\nalone\n' }), {
    code: 0,
    out: 'told @LO\n',
    err: '',
  });
  t.same([last(lo), last(er)], ['for you\nalone', '-5 degrees']);
  const dash = await chatctl(path, ['notice', '-', '--json'], { input: 'piped' });
  t.match(JSON.parse(dash.out), { log: '#lobby', seq: Number, at: Number });
  t.same([last(lo), last(er)], ['piped', 'piped']);
  const [empty, nobody, both, huge] = await Promise.all([
    chatctl(path, ['notice'], { input: ' \n' }),
    chatctl(path, ['notice', '--to', 'QW', 'x']),
    chatctl(path, ['notice', '--to', 'LO', '--room', 'dev', 'x']),
    chatctl(path, ['notice'], { input: 'x'.repeat(1_000_000) }),
  ]);
  told(t, empty, { code: 1, err: /an empty text says nothing: write something/ });
  told(t, nobody, { code: 1, err: /nobody here is called QW/ });
  told(t, both, { code: 2, err: /give --room or --to/ });
  told(t, huge, { code: 1, err: /at most 4096 characters/ });
  t.same([last(lo), last(er)], ['piped', 'piped'], 'a refused notice reaches nobody');
});

await t.test('history, as many entries as asked', async (t) => {
  const { path, member, say, hub } = await startRig(t);
  const lo = await member('LO');
  await say(
    lo,
    Array.from({ length: 450 }, (_, n) => `text ${n + 1}`),
  );
  hub.request(lo.session, { type: 'report', log: '#lobby', seq: 2, text: 'spam' }, null, () => {});
  const [some, standard, many, json, reports, none, hash, bad] = await Promise.all([
    chatctl(path, ['history', 'lobby', '-n', '2']),
    chatctl(path, ['history', '#lobby']),
    chatctl(path, ['history', 'lobby', '-n430', '--json']),
    chatctl(path, ['history', 'lobby', '--lines', '10000', '--json']),
    chatctl(path, ['history', '@operators']),
    chatctl(path, ['history', 'moon']),
    chatctl(path, ['history']),
    chatctl(path, ['history', 'lobby', '-n', 'many']),
  ]);
  t.match(some.out, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d LO: text 449\n\S+ \S+ LO: text 450\n$/);
  t.equal(standard.out.split('\n').length, 21);
  const page = JSON.parse(many.out) as { entries: { seq: number }[]; more: boolean };
  t.same(
    page.entries.map(({ seq }) => seq),
    Array.from({ length: 430 }, (_, n) => n + 22),
    'pages join without a seam',
  );
  t.equal(page.more, true);
  const all = JSON.parse(json.out) as typeof page;
  t.equal(all.entries.length, 451);
  t.equal(all.more, false);
  t.match(reports.out, /LO to operators: reports #lobby 2: spam\n$/);
  told(t, none, { code: 1, err: /no room #moon/ });
  told(t, hash, { code: 2, err: /chatctl history ROOM \[-n N\] .*write lobby, or '#lobby'/ });
  told(t, bad, { code: 2, err: /-n takes a whole number from 1 to 10000, not many/ });
});

await t.test('status, log-level, reload, version', async (t) => {
  const refused = {
    outcome: 'refused',
    problems: ['chatroom.toml:3:7: max-rooms must be a number'],
  } as const;
  let reloads = 0;
  const { path, member, daemon } = await startRig(t, {
    daemon: {
      reload: async () =>
        reloads++ < 2 ? { outcome: 'reloaded', changed: [], afterRestart: ['listen'] } : refused,
    },
  });
  await member('LO');
  const [status, statusJson, level, version, versionJson] = await Promise.all([
    chatctl(path, ['status']),
    chatctl(path, ['status', '--json']),
    chatctl(path, ['log-level']),
    chatctl(path, ['version']),
    chatctl(path, ['version', '--json']),
  ]);
  t.match(
    status.out,
    /^version +\d\S+ \(Node \d+\.\d+\.\d+\)\nup +1h2m, since \d{4}-.*, process \d+\nlistening +\[::\]:3040\nusers +1 here, 0 away\n/,
  );
  t.match(
    status.out,
    /\nconnections +2 open, 5 accepted, 1 refused\nrates +0\.0 entries\/s, 0\.0 deliveries\/s\n/,
  );
  t.match(status.out, /\nstore +\d+B, 1 entries in 1 logs\nlog level +info\nsettings +defaults, no file\n$/);
  t.match(JSON.parse(statusJson.out), {
    users: { here: 1 },
    pid: process.pid,
    settings: { 'log-level': '"info"' },
    uptimeMs: Number,
  });
  t.equal(level.out, 'info\n');
  told(t, version, { code: 0, out: /^chatctl (\d\S*)\nchatroomd \1\n$/ });
  t.match(JSON.parse(versionJson.out), { chatctl: /^\d/, chatroomd: /^\d/ });
  told(t, await chatctl(path, ['log-level', 'debug']), {
    code: 0,
    out: 'the log level is debug now, it was info\n',
  });
  t.equal(daemon.logLevel(), 'debug');
  told(t, await chatctl(path, ['log-level', 'warn', '--json']), {
    code: 0,
    out: '{"level":"warn","was":"debug"}\n',
  });
  told(t, await chatctl(path, ['log-level', 'loud']), {
    code: 2,
    err: /choose one of error, warn, info, debug/,
  });
  told(t, await chatctl(path, ['reload']), {
    code: 0,
    out: 'the settings were read again; changed: nothing\nafter a restart, also: listen\n',
  });
  told(t, await chatctl(path, ['reload', '--json']), {
    code: 0,
    out: '{"changed":[],"afterRestart":["listen"]}\n',
  });
  told(t, await chatctl(path, ['reload']), {
    code: 1,
    out: '',
    err: 'chatctl: the settings are refused and the old ones stay in force:\n  chatroom.toml:3:7: max-rooms must be a number\n',
  });
});

await t.test('status tells what is wrong with a store that does not answer', async (t) => {
  const { path, daemon } = await startRig(t);
  const status = daemon.status.bind(daemon);
  Object.assign(daemon, {
    status: async () => ({ ...(await status()), store: { problem: 'the disk is full: make room' } }),
  });
  told(t, await chatctl(path, ['status']), { code: 0, out: /\nstore +the disk is full: make room\n/ });
});

await t.test('stop returns when the hub has stopped', async (t) => {
  const first = await startRig(t);
  told(t, await chatctl(first.path, ['stop']), { code: 0, out: 'chatroom has stopped\n', err: '' });
  t.match(first.acts, [['stop', { by: 'control socket' }]]);
  told(t, await chatctl(first.path, ['stop']), { code: 3, err: /chatroom is not running/ });
  const second = await startRig(t);
  told(t, await chatctl(second.path, ['stop', '--json']), {
    code: 0,
    out: `{"stopped":true,"pid":${process.pid}}\n`,
  });
});
