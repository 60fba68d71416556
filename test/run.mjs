// `npm test`: everything that must hold before a change is done, with one closing line that a machine can read. Types, lint, format and man
// pages count as one check each, beside the assertions of the tests. With file names as arguments, only those tests run.

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

const root = dirname(import.meta.dirname);
const bin = join(root, 'node_modules/.bin');
// Whatever Node the machine has, every tool shall run on this one.
const env = { ...process.env, PATH: [dirname(process.execPath), bin, process.env.PATH].join(delimiter) };
const score = { passed: 0, failed: 0, skipped: 0 };

function check(name, command, ...args) {
  console.log(`# ${name}`);
  const { status, error, signal } = spawnSync(command, args, { cwd: root, env, stdio: 'inherit' });
  if (error !== undefined) console.log(`${command} cannot be run: ${error.message}`);
  if (status === 0) score.passed += 1;
  else score.failed += 1;
  console.log(status === 0 ? `ok - ${name}` : `not ok - ${name} (${command}: ${signal ?? `exit ${status}`})`);
}

function checkManPages() {
  const pages = readdirSync(join(root, 'man')).filter((name) => /\.[1-8]$/.test(name));
  if (spawnSync('mandoc', ['-Tlint', '/dev/null']).error === undefined) {
    check('man pages', 'mandoc', '-Tlint', '-Wwarning', ...pages.map((name) => join('man', name)));
    return;
  }
  score.skipped += 1;
  console.log('ok - man pages # SKIP mandoc is not installed');
}

/** Says again, where a log of twenty thousand lines ends, what failed in it: each `not ok` with what tap knew of it. */
function repeatFailures(said) {
  const failures = said.match(/^ *not ok .*\n(?:( *)---\n(?:.*\n)*?\1\.\.\.\n)?/gm) ?? [];
  if (failures.length > 0) console.log(`# What failed, innermost first:\n${failures.join('')}`);
}

/** Runs tap and adds up its closing line, `# { total: 6, pass: 3, fail: 1, skip: 1 }`. */
async function runTests(files) {
  const results = mkdtempSync(join(tmpdir(), 'chatroom-tap-'));
  const resultFile = join(results, 'all.tap');
  const isTerminal = process.stdout.isTTY === true;
  const how = isTerminal ? [`--output-file=${resultFile}`] : ['-R', 'tap'];
  const tap = spawn(process.execPath, [join(root, 'node_modules/tap/dist/esm/run.mjs'), ...how, ...files], {
    cwd: root,
    env,
    stdio: ['ignore', isTerminal ? 'inherit' : 'pipe', 'inherit'],
  });
  let said = '';
  tap.stdout?.setEncoding('utf8').on('data', (text) => {
    process.stdout.write(text);
    said += text;
  });
  const code = await new Promise((resolve) => {
    tap.on('close', resolve);
  });
  if (isTerminal) said = readFileSync(resultFile, 'utf8');
  rmSync(results, { recursive: true });
  if (!isTerminal) repeatFailures(said);
  const [, summary = ''] = /^# \{ (total: .*) \}$/m.exec(said.slice(-4096)) ?? [];
  const counted = (word) => Number(new RegExp(`\\b${word}: (\\d+)`).exec(summary)?.[1] ?? 0);
  score.passed += counted('pass');
  score.skipped += counted('skip');
  // A test file that cannot even be run makes tap fail without a failed assertion.
  score.failed += code === 0 ? counted('fail') : Math.max(1, counted('fail'));
}

const files = process.argv.slice(2);
if (files.length === 0) {
  check('types', 'tsc', '--noEmit');
  check('lint', 'oxlint', '--type-aware', '--deny-warnings');
  check('format', 'oxfmt', '--check');
  checkManPages();
}
await runTests(files);
const skipped = score.skipped === 0 ? '' : `, ${score.skipped} skipped`;
console.log(`${score.passed} passed, ${score.failed} failed${skipped}`);
process.exitCode = score.failed === 0 ? 0 : 1;
