// The settings file that the package installs: every setting with its meaning and its default, and each of them commented out. It is made
// from the table of settings when the package is built, so it says what the hub does.

import { defaultInWords, keyOf, rowOf, SETTING_NAMES } from '../src/daemon/settings.ts';

const COLUMNS = 100;

/** Where the hub runs as a service, for defaults that depend on it. */
const AS_A_SERVICE = {
  env: { STATE_DIRECTORY: '/var/lib/chatroom', RUNTIME_DIRECTORY: '/run/chatroom' },
  home: '/var/lib/chatroom',
  uid: 1,
  hostName: 'chat.example.org',
};

const INTRODUCTION = `\
Settings of the chat room's hub; chatroom.toml(5) tells more of each. None is needed: what stands here after a # is what counts anyway. \
Take the # away to change one, then:

    chatroomd --check-config && systemctl reload chatroom

Where and on which port the service listens is set in the unit that holds the port: systemctl edit chatroom.socket.`;

/** The whole file, as TOML; it ends with a newline. */
export function settingsFile() {
  let group = '';
  let text = comment(INTRODUCTION);
  for (const name of SETTING_NAMES) {
    const row = rowOf(name);
    if (row.group !== group) text += `\n\n# ${row.group.toUpperCase()}\n`;
    group = row.group;
    const about = `${sentence(row.help)} ${sentence(row.kind.expects)} ${sentence(`counts ${row.counts}`)}`;
    text += `\n${comment('words' in row.default ? `${about} Default: ${defaultInWords(name)}.` : about)}`;
    const standard = 'words' in row.default ? row.default.of(AS_A_SERVICE) : row.default.value;
    text += `#${keyOf(name)} = ${row.kind.toToml(standard)}\n`;
  }
  return text;
}

function sentence(clause) {
  return `${clause.charAt(0).toUpperCase()}${clause.slice(1)}.`;
}

/** Folds each line of `text` at blanks; an indented one stays as it is. */
function comment(text) {
  const folded = text.split('\n').flatMap((line) => (line.startsWith(' ') ? [line] : fold(line)));
  return folded.map((line) => `# ${line}`.trimEnd() + '\n').join('');
}

function fold(line) {
  const lines = [''];
  for (const word of line.split(' ')) {
    const last = lines.at(-1);
    if (last !== '' && last.length + word.length + 3 > COLUMNS) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}
