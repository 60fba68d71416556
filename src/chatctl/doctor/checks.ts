// The table of checks, in the order in which they are told: each row is one line of `chatctl doctor`.

import { CONTROL } from './control-check.ts';
import type { Check } from './finding.ts';
import { HUB, NODE, SETTINGS, STORE, VERSIONS } from './hub-checks.ts';
import { CLOCK, DISK, FILES } from './machine-checks.ts';
import { PORT } from './port-check.ts';
import { HARDENING, SERVICE, SOCKET } from './unit-checks.ts';

export const CHECKS: readonly Check[] = [
  HUB,
  VERSIONS,
  NODE,
  SETTINGS,
  PORT,
  CONTROL,
  STORE,
  DISK,
  FILES,
  CLOCK,
  SERVICE,
  SOCKET,
  HARDENING,
];
