// The program `chatroomd`: reads its command line, starts the hub, and answers signals (chatroomd(8)).

import { readFileSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { ControlSocketError } from '../control/socket.ts';
import { VERSION } from '../control/version.ts';
import { ChatError } from '../core/errors.ts';
import { ConfigError } from './config.ts';
import { createLogger } from './logger.ts';
import { readInvocation } from './options.ts';
import { restoreStore } from './restore.ts';
import { runHub } from './run.ts';

process.title = 'chatroomd';

const invocation = readInvocation(process.argv.slice(2), {
  env: process.env,
  home: homedir(),
  uid: process.geteuid?.() ?? -1,
  hostName: hostname(),
  readFile: readFileSync,
  columns: process.stdout.columns ?? 80,
  version: VERSION,
});

switch (invocation.kind) {
  case 'answer':
    process.stdout.write(invocation.text);
    break;
  case 'refuse':
    process.stderr.write(invocation.text);
    process.exitCode = invocation.exitCode;
    break;
  case 'restore': {
    const { text, exitCode } = await restoreStore(invocation.backup, invocation.stateDir);
    (exitCode === 0 ? process.stdout : process.stderr).write(text);
    process.exitCode = exitCode;
    break;
  }
  case 'run': {
    const { logLevel, logFormat } = invocation.resolved.settings;
    const log = createLogger({ level: logLevel, format: logFormat });
    try {
      await runHub(invocation.resolved, invocation.reread, log);
    } catch (error) {
      // What the world did is one line; what a programmer did comes with its stack.
      log.error('the hub could not start', { error: isOfTheWorld(error) ? error.message : error });
      process.exitCode = 1;
    }
    await log.flush();
    process.exit();
  }
}

function isOfTheWorld(error: unknown): error is Error {
  if (error instanceof ChatError || error instanceof ControlSocketError || error instanceof ConfigError)
    return true;
  return error instanceof Error && 'syscall' in error;
}
