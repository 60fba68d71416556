// The one list of what an operator may set. Flags, environment variables, TOML keys, --print-config, --help and chatroom.toml(5) are all
// made from these rows, so a setting is added here and nowhere else.

import { defaultControlSocket, defaultStateDir } from '../control/paths.ts';
import { DEFAULTS } from '../core/limits.ts';
import {
  addressBlock,
  choice,
  count,
  duration,
  endpoint,
  filePathOr,
  group,
  line,
  list,
  onOff,
  directoryPath,
  rate,
  socketPath,
} from './setting-kinds.ts';
import { ACCOUNT_SETTINGS } from './account-settings.ts';
import { row, type Row, type Surroundings } from './setting-row.ts';

export const SETTINGS = {
  listen: row({
    group: 'Network',
    kind: list(endpoint(), 1),
    default: { value: [{ host: '::', port: 3040 }] },
    help: 'address and port to listen on, may be given several times; [::] means all addresses, IPv4 and IPv6',
    counts: 'on restart',
  }),
  proxyFrom: row({
    group: 'Network',
    kind: list(addressBlock(), 0),
    default: { value: [] },
    help: 'load balancers whose PROXY protocol headers are believed, as addresses or blocks of them',
    counts: 'on reload',
  }),
  tlsCertificate: row({
    group: 'Network',
    kind: filePathOr('auto'),
    default: { value: 'auto' },
    help: "PEM file of the hub's certificate and those above it; auto is systemd's credential, else one the hub makes",
    counts: 'on reload',
  }),
  tlsKey: row({
    group: 'Network',
    kind: filePathOr('auto'),
    default: { value: 'auto' },
    help: "PEM file of the certificate's private key; auto is systemd's credential, else one the hub makes and keeps",
    counts: 'on reload',
  }),
  plaintext: row({
    group: 'Network',
    kind: choice('allow', 'local', 'deny'),
    default: { value: 'allow' },
    help: 'who may come in without encryption: allow is everybody, local those on this machine, deny nobody',
    counts: 'on reload',
  }),
  stateDir: row({
    group: 'Operation',
    kind: directoryPath(),
    default: { words: '$STATE_DIRECTORY, else $XDG_STATE_HOME/chatroom', of: defaultStateDir },
    help: 'directory of the store',
    counts: 'on restart',
  }),
  control: row({
    group: 'Operation',
    kind: socketPath(),
    default: {
      words: '$RUNTIME_DIRECTORY/control.sock, else $XDG_RUNTIME_DIR/chatroom/control.sock',
      of: defaultControlSocket,
    },
    help: 'Unix socket on which chatctl(8) reaches the hub',
    counts: 'on restart',
  }),
  controlGroup: row({
    group: 'Operation',
    kind: group(),
    default: { value: 'chatroom' },
    help: 'Unix group whose members may use the control socket',
    counts: 'on restart',
  }),
  hubName: row({
    group: 'Operation',
    kind: line(64),
    default: { words: 'the host name', of: (here: Surroundings) => here.hostName.slice(0, 64) || 'chatroom' },
    help: 'name of the hub, shown to those who join',
    counts: 'on reload',
  }),
  logLevel: row({
    group: 'Operation',
    kind: choice('error', 'warn', 'info', 'debug'),
    default: { value: 'info' },
    help: 'least important kind of log line that is still written',
    counts: 'on reload',
  }),
  logFormat: row({
    group: 'Operation',
    kind: choice('auto', 'text', 'json', 'journal'),
    default: { value: 'auto' },
    help: 'form of log lines; auto is journal when the journal is listening, else text',
    counts: 'on restart',
  }),
  limits: row({
    group: 'Limits',
    kind: onOff(),
    default: { value: 'on' },
    help: 'rate limits and limits per address; off is for measuring',
    counts: 'on reload',
  }),
  ratePerSession: row({
    group: 'Limits',
    kind: rate('messages a second', 0.01, 100_000),
    default: { value: DEFAULTS.ratePerSession },
    help: 'how fast one user may speak for long',
    counts: 'on reload',
  }),
  burstPerSession: row({
    group: 'Limits',
    kind: count('messages', 1, 100_000),
    default: { value: DEFAULTS.burstPerSession },
    help: 'how many messages one user may send at once after a pause',
    counts: 'on reload',
  }),
  ratePerAddress: row({
    group: 'Limits',
    kind: rate('messages a second', 0.01, 1_000_000),
    default: { value: DEFAULTS.ratePerAddress },
    help: 'how fast all users of one address together may speak for long',
    counts: 'on reload',
  }),
  burstPerAddress: row({
    group: 'Limits',
    kind: count('messages', 1, 1_000_000),
    default: { value: DEFAULTS.burstPerAddress },
    help: 'how many messages all users of one address together may send at once after a pause',
    counts: 'on reload',
  }),
  maxConnections: row({
    group: 'Limits',
    kind: count('connections', 1, 1_000_000),
    default: { value: DEFAULTS.maxConnections },
    help: 'connections in all',
    counts: 'on reload',
  }),
  maxConnectionsPerAddress: row({
    group: 'Limits',
    kind: count('connections', 1, 1_000_000),
    default: { value: DEFAULTS.maxConnectionsPerAddress },
    help: 'connections from one address',
    counts: 'on reload',
  }),
  maxRooms: row({
    group: 'Limits',
    kind: count('rooms', 1, 1_000_000),
    default: { value: DEFAULTS.maxRooms },
    help: 'rooms in all',
    counts: 'on reload',
  }),
  resumeGrace: row({
    group: 'Connections',
    kind: duration('seconds', 0, 86_400),
    default: { value: DEFAULTS.resumeGraceSeconds },
    help: 'how long a user whose connection was lost may take to come back unnoticed',
    counts: 'on reload',
  }),
  idlePing: row({
    group: 'Connections',
    kind: duration('seconds', 1, 86_400),
    default: { value: DEFAULTS.idlePingSeconds },
    help: 'silence after which a connection is asked for a sign of life; load balancers commonly cut one at 350',
    counts: 'on reload',
  }),
  idleDrop: row({
    group: 'Connections',
    kind: duration('seconds', 1, 86_400),
    default: { value: DEFAULTS.idleDropSeconds },
    help: 'how long after that question a connection that stays silent is closed',
    counts: 'on reload',
  }),
  stuckDrop: row({
    group: 'Connections',
    kind: duration('seconds', 1, 86_400),
    default: { value: DEFAULTS.stuckDropSeconds },
    help: 'how long a connection may take nothing of what is sent to it before it is closed',
    counts: 'on reload',
  }),
  plainBacklog: row({
    group: 'Connections',
    kind: count('entries', 0, 200),
    default: { value: DEFAULTS.plainBacklog },
    help: 'how many of the last entries of the lobby a newcomer over plain text is shown',
    counts: 'on reload',
  }),
  ...ACCOUNT_SETTINGS,
  retentionDays: row({
    group: 'Store',
    kind: duration('days', 1, 36_500),
    default: { value: DEFAULTS.retentionDays },
    help: 'how long messages are kept',
    counts: 'on reload',
  }),
  retentionEntries: row({
    group: 'Store',
    kind: count('entries', 1, 1_000_000_000),
    default: { value: DEFAULTS.retentionEntries },
    help: 'how many messages of one room, or of one inbox, are kept',
    counts: 'on reload',
  }),
  retentionSize: row({
    group: 'Store',
    kind: count('MiB', 16, 10_000_000),
    default: { value: DEFAULTS.retentionMiB },
    help: 'how much all messages together may take on disk; the oldest go first',
    counts: 'on reload',
  }),
  storeFailure: row({
    group: 'Store',
    kind: choice('refuse', 'live'),
    default: { value: 'refuse' },
    help: 'what happens to messages that cannot be stored: refuse them, or pass them on live and unkept',
    counts: 'on restart',
  }),
} as const;

/** A setting's name in this program; its key everywhere else is the same in kebab case. */
export type SettingName = keyof typeof SETTINGS;

type ValueOf<R> = R extends Row<infer T> ? T : never;

/** All settings with their values. Times are in the unit of their row: seconds, but retentionDays in days. */
export type Settings = { readonly [N in SettingName]: ValueOf<(typeof SETTINGS)[N]> };

export type MutableSettings = { -readonly [N in SettingName]: Settings[N] };

const ROWS: { readonly [N in SettingName]: Row<Settings[N]> } = SETTINGS;

/** The row of a setting that is only known to be one of the table's. */
export function rowOf<N extends SettingName>(name: N): Row<Settings[N]> {
  return ROWS[name];
}

export const SETTING_NAMES: readonly SettingName[] = Object.keys(SETTINGS).filter(
  (name): name is SettingName => Object.hasOwn(SETTINGS, name),
);

/** logLevel -> log-level, the key in a settings file and the name of the flag. */
export function keyOf(name: SettingName): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** logLevel -> CHATROOM_LOG_LEVEL. */
export function environmentName(name: SettingName): string {
  return `CHATROOM_${keyOf(name).toUpperCase().replaceAll('-', '_')}`;
}

/** Sets one of the values of settings in the making. */
export function put<N extends SettingName>(
  values: Partial<MutableSettings>,
  name: N,
  value: Settings[N],
): void {
  values[name] = value;
}

/** One setting's value as TOML. */
export function tomlOf(name: SettingName, settings: Settings): string {
  return rowOf(name).kind.toToml(settings[name]);
}

/** A setting's default for help texts: TOML, or words where it depends on where the hub runs. */
export function defaultInWords(name: SettingName): string {
  const { default: standard, kind } = rowOf(name);
  return 'words' in standard ? standard.words : kind.toToml(standard.value);
}
