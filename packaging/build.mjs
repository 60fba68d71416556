// Makes each program one file under dist/, or under the directory named as argument: they start two to three times as fast as from their
// sources, and an RPM needs no node_modules.

import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { build } from 'esbuild';

const root = dirname(import.meta.dirname);
const dist = resolve(process.argv[2] ?? join(root, 'dist'));
mkdirSync(dist, { recursive: true });
const fresh = mkdtempSync(join(dist, '.new-'));
process.on('exit', () => rmSync(fresh, { recursive: true, force: true }));
const addon = join(root, 'node_modules/sd-notify/build/Release/notify.node');

const programs = {
  chatroomd: 'src/daemon/main.ts',
  chatctl: 'src/chatctl/main.ts',
  chat: 'src/chat/main.ts',
};
// A worker thread starts from a file of its own.
const workers = { 'store-worker': 'src/store/sqlite-worker.ts' };

// Packages in the older module form expect a `require`, which a module has not got.
const requireForModules = `import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);`;

const substitutes = {
  name: 'substitutes',
  setup({ onResolve, onLoad }) {
    const lazyStringWidth = join(root, 'packaging/string-width.cjs');
    onResolve({ filter: /^string-width$/ }, ({ importer }) =>
      importer === lazyStringWidth ? undefined : { path: lazyStringWidth },
    );
    onResolve({ filter: /^bindings$/ }, () => ({ path: join(root, 'packaging/bindings.cjs') }));
    // The programs want their version of it, not the whole manifest.
    onLoad({ filter: /package\.json$/ }, ({ path }) => {
      if (path !== join(root, 'package.json')) return undefined;
      const { name, version } = JSON.parse(readFileSync(path, 'utf8'));
      return { contents: JSON.stringify({ name, version }), loader: 'json' };
    });
  },
};

function bundle(entryPoints, banner) {
  return build({
    absWorkingDir: root,
    entryPoints: Object.entries(entryPoints).map(([out, entry]) => ({ in: entry, out })),
    outdir: fresh,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    banner: { js: banner },
    // sd-notify is optional: if npm left it out, the hub finds it missing when it looks for it.
    external: existsSync(join(root, 'node_modules/sd-notify')) ? ['*.node'] : ['*.node', 'sd-notify'],
    plugins: [substitutes],
    logLevel: 'warning',
  });
}

try {
  await bundle(programs, `#!/usr/bin/env node\n${requireForModules}`);
  await bundle(workers, requireForModules);
} catch (error) {
  // esbuild has already told its own errors, with their places.
  if (error.errors === undefined) throw error;
  process.exit(1);
}
// Wherever dist/ is copied to, Node must take its files for modules.
writeFileSync(join(fresh, 'package.json'), '{ "type": "module" }\n');
for (const name of Object.keys(programs)) chmodSync(join(fresh, `${name}.js`), 0o755);
if (existsSync(addon)) copyFileSync(addon, join(fresh, 'notify.node'));

// npx builds its own package before it runs a program of it, so somebody may be starting a program right now: no file is ever missing or half.
const files = readdirSync(fresh);
for (const file of files) renameSync(join(fresh, file), join(dist, file));
const sizes = files
  .filter((file) => /\.(js|node)$/.test(file))
  .map((file) => `${file} ${Math.ceil(statSync(join(dist, file)).size / 1000)} kB`);
console.log(`${relative(process.cwd(), dist)}: ${sizes.join(', ')}`);
