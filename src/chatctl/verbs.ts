// The table of verbs: the help, the completion and what is done all come from these rows.

import { USER } from './accounts.ts';
import { BAN, BANS, MUTE, UNBAN, UNMUTE } from './bans.ts';
import { COMPLETION } from './completion.ts';
import { DOCTOR } from './doctor.ts';
import { FINGERPRINT, KEY, LINK } from './keys.ts';
import { INVITE, INVITES } from './invites.ts';
import { KICK, WHO } from './people.ts';
import { LOCK_DOWN } from './lockdown.ts';
import { BACKUP, DRAIN } from './planned.ts';
import { HISTORY, NOTICE, ROOMS, WATCH } from './rooms.ts';
import { LOG_LEVEL, RELOAD, STATUS, STOP, VERSIONS } from './service.ts';
import type { Verb } from './verb.ts';

export const VERBS: readonly Verb[] = [
  WHO,
  KICK,
  BAN,
  UNBAN,
  MUTE,
  UNMUTE,
  BANS,
  USER,
  INVITE,
  INVITES,
  LOCK_DOWN,
  NOTICE,
  ROOMS,
  HISTORY,
  WATCH,
  STATUS,
  DOCTOR,
  RELOAD,
  LOG_LEVEL,
  STOP,
  FINGERPRINT,
  LINK,
  KEY,
  DRAIN,
  BACKUP,
  VERSIONS,
  COMPLETION,
];
