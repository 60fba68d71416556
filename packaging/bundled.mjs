// Which npm packages went into the bundled programs: their licences ask to be passed on with them, and whoever looks for a package with a
// known hole shall find it in the RPM's Provides.

import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** esbuild marks where each source file begins, by its path from the checkout. */
const SOURCE_MARK = /^\/\/ (\S*\bnode_modules\/(?:@[^/\s]+\/)?[^/\s]+)\/\S+$/gm;

/**
 * The packages inside `programs`, paths of files that build.mjs made of the checkout `root`, sorted by name.
 * @throws Error when a package does not come with its licence
 */
export function bundledPackages(root, programs) {
  const marks = programs.flatMap((program) => [...readFileSync(program, 'utf8').matchAll(SOURCE_MARK)]);
  const directories = new Set(marks.map(([, path]) => resolve(root, path)));
  return [...directories].map(packageAt).toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

function packageAt(directory) {
  const { name, version, license } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const file = readdirSync(directory).find((each) => /^licen[cs]e(\.|$)/i.test(each));
  if (file === undefined) throw new Error(`${directory} has no licence file to pass on`);
  const text = readFileSync(join(directory, file), 'utf8').replaceAll('\r\n', '\n').trim();
  return { id: `${name} ${version}`, name, version, license, text };
}

/** The licences of `packages`, and of data, as one text; a licence that several have word by word stands once. */
export function licenceText(packages) {
  const byText = new Map();
  for (const { id, text } of packages) byText.set(text, [...(byText.get(text) ?? []), id]);
  const parts = [...byText].map(([text, ids]) => `${ids.join('\n')}\n\n${text}\n`);
  return `The programs of chatroom contain these packages and data.\n\n${parts.join(`\n${'-'.repeat(72)}\n\n`)}`;
}

/** What of Unicode's data is in the programs (src/core/confusables.ts), with its licence. */
export function unicodeData(root) {
  const text = readFileSync(join(root, 'packaging/LICENSE.unicode'), 'utf8').trim();
  return { id: 'confusables.txt of Unicode', license: 'Unicode-3.0', text };
}

/** Lines for the spec file that tell what is inside, in the form that Fedora's packages use. */
export function bundledProvides(packages) {
  return packages
    .map(({ name, version }) => `Provides: bundled(npm(${name})) = ${version.replaceAll('-', '~')}\n`)
    .join('');
}
