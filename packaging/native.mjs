// After an install: builds the sd-notify addon, by which the hub tells systemd that it is ready. It uses V8 directly, so it must be built
// against the very Node that will run it, whatever Node npm itself runs on. Without systemd's headers, or a compiler, the hub works all the
// same; only a systemd service needs the addon, so its absence is one line here and no failure.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const root = dirname(import.meta.dirname);
const addonDir = join(root, 'node_modules/sd-notify');
const addon = join(addonDir, 'build/Release/notify.node');

function leaveOut(reason) {
  console.log(
    `chatroom: without the sd-notify addon (${reason}); the hub needs it only as a systemd service`,
  );
  process.exit(0);
}

function loads() {
  try {
    return typeof createRequire(import.meta.url)(addon).sendState === 'function';
  } catch {
    return false;
  }
}

if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error(
    `chatroom needs Node 24 and this is ${process.version}: npm did not install the optional package`,
  );
  console.error(
    `node-linux-${process.arch}. Run npm ci again with optional packages, or with Node 24 first in PATH.`,
  );
  process.exit(1);
}
if (!existsSync(addonDir)) leaveOut('the package sd-notify was not installed');
if (loads()) process.exit(0);
if (spawnSync('pkg-config', ['--exists', 'libsystemd']).status !== 0)
  leaveOut('no headers of libsystemd, or no pkg-config');
for (const tool of ['make', 'c++', 'python3']) {
  if (spawnSync(tool, ['--version']).status !== 0) leaveOut(`no ${tool}`);
}

const nodeDir = [
  dirname(dirname(process.execPath)),
  join(root, `node_modules/node-linux-${process.arch}`),
].find((dir) => existsSync(join(dir, 'include/node/node.h')));
if (nodeDir === undefined) leaveOut(`no headers of Node beside ${process.execPath}`);
const nodeGyp = [process.env.npm_config_node_gyp, join(root, 'node_modules/node-gyp/bin/node-gyp.js')].find(
  (file) => file !== undefined && existsSync(file),
);
if (nodeGyp === undefined) leaveOut('no node-gyp; run this by npm');

const build = spawnSync(process.execPath, [nodeGyp, 'rebuild', `--nodedir=${nodeDir}`], {
  cwd: addonDir,
  encoding: 'utf8',
  // A nodedir in somebody's .npmrc arrives by the environment and would win over the flag.
  env: { ...process.env, npm_config_nodedir: nodeDir },
});
if (build.status !== 0 || !loads()) {
  console.error(`${build.stdout ?? ''}${build.stderr ?? ''}`.trim().split('\n').slice(-20).join('\n'));
  leaveOut('its build failed as told above');
}
