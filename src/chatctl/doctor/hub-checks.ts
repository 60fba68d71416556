// What the hub says of itself: whether it runs, in which version, with which settings, and how its store is.

import { VERSION } from '../../control/version.ts';
import { Failure } from '../failure.ts';
import { duration, size } from '../human.ts';
import type { Facts } from './facts.ts';
import { type Check, fail, type Finding, ok, skip, warn } from './finding.ts';

/** The oldest Node whose features the programs use. */
const LEAST_NODE_MAJOR = 24;
const MOST_PROBLEMS = 3;

export const NOT_RUNNING = 'the hub is not there to tell';

export const HUB: Check = {
  name: 'hub',
  run: ({ hub, startedBy }) => {
    if (hub instanceof Failure) return unreachable(hub, startedBy);
    const { pid, uptimeMs, users } = hub.status;
    const by = startedBy === 'systemd' ? 'by systemd' : 'by hand';
    return ok(`runs as process ${pid}, started ${by} ${duration(uptimeMs)} ago, with ${users.here} here`);
  },
};

function unreachable({ code, message }: Failure, startedBy: Facts['startedBy']): Finding {
  switch (code) {
    case 'not-running':
      return fail(
        'it is not running',
        startedBy === 'systemd' ? 'systemctl start chatroom' : 'chatroomd, or npm start',
      );
    case 'no-permission':
      return fail(
        'you may not open its control socket',
        'ask as root, or join the group chatroom: usermod -aG chatroom $USER',
      );
    default:
      return fail(message.split('\n', 1).join(), 'systemctl restart chatroom');
  }
}

export const VERSIONS: Check = {
  name: 'version',
  run: ({ hub, startedBy }) => {
    if (hub instanceof Failure) return skip(`chatctl is ${VERSION}; ${NOT_RUNNING}`);
    const { version } = hub.status;
    if (version === VERSION) return ok(`chatctl and the hub are ${version}`);
    return warn(
      `chatctl is ${VERSION}, the hub is ${version}`,
      `${restart(startedBy)}; if they still differ, one of them is of another installation`,
    );
  },
};

export const NODE: Check = {
  name: 'node',
  run: ({ hub, startedBy }) => {
    if (hub instanceof Failure) return skip(NOT_RUNNING);
    const { node } = hub.status;
    if (Number(/^v(\d+)/.exec(node)?.[1]) < LEAST_NODE_MAJOR)
      return fail(`the hub runs on Node ${node}`, `install Node ${LEAST_NODE_MAJOR} or newer`);
    // Its Node as it is installed now can be compared where it is the one that runs this.
    if (hub.checkup?.nodePath === process.execPath && node !== process.version)
      return warn(
        `the hub runs on Node ${node}, which was replaced by ${process.version}`,
        restart(startedBy),
      );
    return ok(`the hub runs on Node ${node}`);
  },
};

export const SETTINGS: Check = {
  name: 'settings',
  run: ({ hub, settings, startedBy }) => {
    if (hub instanceof Failure) {
      if ('why' in settings) return skip(settings.why);
      return 'problems' in settings ? refused(settings.problems) : ok('good; the hub would start with them');
    }
    if (hub.checkup === null) return skip('this hub is too old to tell');
    const written = hub.checkup.settings;
    if ('problems' in written) return refused(written.problems);
    const { changed, afterRestart } = written;
    if (changed.length > 0)
      return warn(`changed, and not read again since: ${changed.join(', ')}`, 'chatctl reload');
    if (afterRestart.length > 0)
      return warn(`changed, and waiting for a restart: ${afterRestart.join(', ')}`, restart(startedBy));
    return ok(`${hub.status.configFile ?? 'defaults, no file'}: good and in force`);
  },
};

function refused(problems: readonly string[]): Finding {
  const more = problems.length > MOST_PROBLEMS ? `; and ${problems.length - MOST_PROBLEMS} more` : '';
  return fail(
    problems.slice(0, MOST_PROBLEMS).join('; ') + more,
    'correct it before the next start, which it would stop; chatroomd --check-config tells whether all is good',
  );
}

export const STORE: Check = {
  name: 'store',
  run: ({ hub }) => {
    if (hub instanceof Failure) return skip(NOT_RUNNING);
    const { store } = hub.status;
    if ('problem' in store) return fail(store.problem, 'journalctl -u chatroom -p err tells since when');
    return ok(`answers; ${store.entries} entries in ${store.logs} logs, ${size(store.bytes)}`);
  },
};

function restart(startedBy: Facts['startedBy']): string {
  return startedBy === 'systemd' ? 'systemctl restart chatroom' : 'chatctl stop, and start the hub again';
}
