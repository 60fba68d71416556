// What the checks look at, gathered once: the hub's own answers, what systemd knows, and the settings.

import type { Checkup, Status } from '../../control/protocol.ts';
import type { ControlClient } from '../client.ts';
import { Failure } from '../failure.ts';
import { type Settings, settingsOf, settingsToCome } from './settings.ts';
import { askSystemd, type Units } from './units.ts';

/** A hub that answered; one that is older than this call has no checkup. */
export interface Patient {
  readonly status: Status;
  readonly checkup: Checkup | null;
}

export interface Facts {
  readonly hub: Patient | Failure;
  readonly units: Units | { readonly why: string };
  readonly settings: Settings;
  /** Who started the hub, or who would. */
  readonly startedBy: 'systemd' | 'hand';
}

export async function gatherFacts(client: ControlClient): Promise<Facts> {
  const [hub, units] = await Promise.all([askHub(client), askSystemd()]);
  const startedBy = starter(hub, units);
  const settings = hub instanceof Failure ? await settingsToCome(startedBy) : settingsOf(hub.status);
  return { hub, units, settings, startedBy };
}

async function askHub(client: ControlClient): Promise<Patient | Failure> {
  try {
    return { status: await client.call('GET /v1/status', {}), checkup: await askCheckup(client) };
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

async function askCheckup(client: ControlClient): Promise<Checkup | null> {
  try {
    return await client.call('GET /v1/doctor', {});
  } catch (error) {
    if (error instanceof Failure && error.code === 'no-such-path') return null;
    throw error;
  }
}

function starter(hub: Facts['hub'], units: Facts['units']): Facts['startedBy'] {
  if ('why' in units) return 'hand';
  const { service } = units;
  const isOfUnit =
    hub instanceof Failure
      ? service.get('LoadState') === 'loaded'
      : service.get('MainPID') === String(hub.status.pid);
  return isOfUnit ? 'systemd' : 'hand';
}
