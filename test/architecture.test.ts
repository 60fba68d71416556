// The house as ARCHITECTURE.md tells it: which room may know which, what core may not touch, and how large a file may be.

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, dirname } from 'node:path';
import t from 'tap';

const ROOT = join(import.meta.dirname, '..');
const SRC = join(ROOT, 'src');

/** For each room what it may import: other rooms, single files of them, `node:` and packages. */
const MAY_IMPORT: Record<string, readonly (string | RegExp)[]> = {
  core: ['core'],
  dialects: ['core', 'dialects', 'any-ascii'],
  store: ['core', 'store', /^node:/],
  transport: ['core', 'dialects', 'transport', /^node:/],
  control: ['core', 'control', /^node:/, 'hono', /^hono\//, '@hono/node-server', 'zod', 'package.json'],
  daemon: [
    'core',
    'dialects',
    'store',
    'transport',
    'control',
    'daemon',
    /^node:/,
    'winston',
    'yargs',
    'sd-notify',
    'smol-toml',
  ],
  chat: [
    'core',
    'dialects/wire.ts',
    'control/version.ts',
    'chat',
    /^node:/,
    'yargs',
    'string-width',
    'wrap-ansi',
  ],
  chatctl: [
    'core',
    'control/protocol.ts',
    'control/paths.ts',
    'control/version.ts',
    'chatctl',
    /^node:/,
    'yargs',
    'string-width',
  ],
};

// What core is handed instead: a clock, randomness, a way to run something soon.
const NOT_IN_CORE =
  /\b(Date\.now|new Date|Math\.random|performance|process|Buffer|setTimeout|setInterval|setImmediate|queueMicrotask|crypto)\b/;

interface Source {
  readonly path: string;
  readonly room: string;
  readonly text: string;
}

const sources: Source[] = readdirSync(SRC, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => {
    const path = relative(SRC, join(entry.parentPath, entry.name));
    return { path, room: path.split('/')[0] ?? '', text: readFileSync(join(SRC, path), 'utf8') };
  });

/** What `source` imports: a path below src, or a package's name. */
function imports(source: Source): string[] {
  return importsIn(source, source.text);
}

/** What is loaded with `source`: types are not. */
function loads(source: Source): string[] {
  return importsIn(source, source.text.replace(/^(import|export) type [^;]*;/gm, ''));
}

function importsIn(source: Source, text: string): string[] {
  const found = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\b[^'";]*?from\s*'([^']+)'|\bimport\('([^']+)'\)|(?:^|\n)import '([^']+)'/g,
  );
  return [...found].map((match) => {
    const name = match[1] ?? match[2] ?? match[3] ?? '';
    if (!name.startsWith('.')) return name;
    const target = resolve(SRC, dirname(source.path), name);
    return target === join(ROOT, 'package.json') ? 'package.json' : relative(SRC, target);
  });
}

await t.test('imports run one way', async (t) => {
  const rooms = new Set(sources.map(({ room }) => room));
  t.strictSame([...rooms].sort(), Object.keys(MAY_IMPORT).sort(), 'the rooms are those of the map');
  for (const source of sources) {
    const allowed = MAY_IMPORT[source.room] ?? [];
    const foreign = imports(source).filter(
      (name) =>
        !allowed.some((rule) =>
          typeof rule === 'string' ? name === rule || name.startsWith(`${rule}/`) : rule.test(name),
        ),
    );
    t.strictSame(foreign, [], source.path);
  }
  t.ok(sources.flatMap(imports).length > 100, 'the reader of imports finds them');
});

await t.test('chatctl starts with nothing that only the hub needs', async (t) => {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const loaded = new Set(['chatctl/main.ts']);
  for (const path of loaded) {
    const source = byPath.get(path);
    if (source !== undefined) for (const name of loads(source)) loaded.add(name);
  }
  t.ok(loaded.has('chatctl/people.ts') && loaded.has('yargs'), 'what it does start with is found');
  for (const name of ['zod', 'hono', 'core/confusables.ts', 'core/hub.ts']) t.notOk(loaded.has(name), name);
});

await t.test('core is pure', async (t) => {
  for (const { path, text } of sources.filter(({ room }) => room === 'core')) {
    const code = text.replace(/\/\*[^]*?\*\/|\/\/.*$/gm, '');
    t.equal(NOT_IN_CORE.exec(code)?.[0], undefined, path);
  }
});

await t.test('files are small and named for what they hold', async (t) => {
  for (const { path, text } of sources) {
    t.ok(text.split('\n').length <= 301, `${path} has at most 300 lines`);
    t.notMatch(path, /util|helper|misc|common/i, path);
    t.match(text, /^(#!.*\n)?\/\//, `${path} opens with why it exists`);
  }
});
