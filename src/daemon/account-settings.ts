// The settings of who may come in, and under which name: a part of the table in settings.ts.

import { DEFAULTS } from '../core/limits.ts';
import { choice, count, duration, filePathOr } from './setting-kinds.ts';
import { row } from './setting-row.ts';

export const ACCOUNT_SETTINGS = {
  access: row({
    group: 'Accounts',
    kind: choice('open', 'claimed', 'closed'),
    default: { value: 'claimed' },
    help: 'who may come in, and what a claimed name is worth while its owner is away',
    counts: 'on reload',
  }),
  maxAccounts: row({
    group: 'Accounts',
    kind: count('accounts', 0, 1_000_000),
    default: { value: DEFAULTS.maxAccounts },
    help: 'accounts in all',
    counts: 'on reload',
  }),
  claimsPerAddress: row({
    group: 'Accounts',
    kind: count('accounts', 0, 1_000_000),
    default: { value: DEFAULTS.claimsPerAddress },
    help: 'how many names may be claimed from one address in an hour',
    counts: 'on reload',
  }),
  claimDays: row({
    group: 'Accounts',
    kind: duration('days', 1, 36_500),
    default: { value: DEFAULTS.claimDays },
    help: 'after how long without its owner a name that was merely claimed is free again',
    counts: 'on reload',
  }),
  authCommand: row({
    group: 'Accounts',
    kind: filePathOr('none'),
    default: { value: 'none' },
    help: 'program that is asked about names and passwords the hub does not know',
    counts: 'on restart',
  }),
  authSocket: row({
    group: 'Accounts',
    kind: filePathOr('none'),
    default: { value: 'none' },
    help: 'Unix socket that is asked instead of a program',
    counts: 'on restart',
  }),
  authWait: row({
    group: 'Accounts',
    kind: duration('seconds', 1, 60),
    default: { value: DEFAULTS.authWaitSeconds },
    help: 'how long that program or socket may take; who asks is refused then',
    counts: 'on restart',
  }),
} as const;
