// What systemd has to say: whether the units run, come up again after a boot, and are as closed as they were made.

import type { Facts } from './facts.ts';
import { type Check, fail, type Finding, ok, skip, warn } from './finding.ts';
import { answerOf } from './tool.ts';
import type { Units } from './units.ts';

/** systemd-analyze(1) security, from 0 to 10: the unit as it is installed has 0.9, and what its comments propose costs little. */
const MOST_EXPOSURE = 1.5;

/** A check of the units, for a hub that systemd runs. */
function unitCheck(name: string, run: (units: Units) => Finding | Promise<Finding>): Check {
  return {
    name,
    run: ({ units, startedBy }: Facts) => {
      if ('why' in units) return skip(units.why);
      return startedBy === 'hand' ? skip('the hub was started by hand') : run(units);
    },
  };
}

export const SERVICE: Check = unitCheck('service', ({ service }) => {
  const state = service.get('ActiveState');
  const how = `${state} (${service.get('SubState')})`;
  if (state === 'failed')
    return fail(
      `chatroom.service has failed: ${service.get('Result')}`,
      'journalctl -u chatroom -n 20 tells why; systemctl start chatroom tries again',
    );
  if (service.get('SubState') === 'auto-restart')
    return fail(
      `chatroom.service fails again and again: ${service.get('Result')}`,
      'journalctl -u chatroom -n 20 tells why',
    );
  if (state !== 'active') return warn(`chatroom.service is ${how}`, 'systemctl start chatroom');
  if (service.get('NeedDaemonReload') === 'yes')
    return warn(
      'chatroom.service was changed since systemd read it',
      'systemctl daemon-reload, then systemctl restart chatroom',
    );
  if (service.get('UnitFileState') === 'disabled')
    return warn('chatroom.service is active, and is not started at boot', 'systemctl enable chatroom');
  const restarts = Number(service.get('NRestarts'));
  return ok(restarts === 0 ? how : `${how}; started again ${restarts} times after it failed`);
});

export const SOCKET: Check = unitCheck('socket', ({ service, socket }) => {
  if (socket.get('LoadState') === 'masked')
    return ok('chatroom.socket is masked: the hub opens its port itself');
  const state = socket.get('ActiveState');
  if (state === 'active') return ok('chatroom.socket holds the port through restarts');
  if (service.get('ActiveState') === 'inactive')
    return skip(`chatroom.socket is ${state}, as the service is`);
  return warn(
    `chatroom.socket is ${state}: who connects while the hub restarts is refused`,
    'systemctl stop chatroom; systemctl start chatroom.socket chatroom',
  );
});

export const HARDENING: Check = unitCheck('hardening', async () => {
  const answer = await answerOf('systemd-analyze', ['security', '--no-pager', 'chatroom.service']);
  if ('why' in answer) return skip(answer.why);
  const exposure = /exposure level for chatroom\.service: ([\d.]+)/.exec(answer.out)?.[1];
  if (exposure === undefined) return skip('systemd-analyze does not tell');
  if (Number(exposure) <= MOST_EXPOSURE) return ok(`exposure ${exposure} of 10`);
  return warn(
    `exposure ${exposure} of 10: the service may do more than it needs`,
    'systemctl cat chatroom.service shows which change of the unit it is',
  );
});
