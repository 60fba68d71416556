// Completion for bash and zsh: `chatctl completion SHELL` prints a script that hands the words of the command line to
// `chatctl __complete`, so that both shells offer the same and only one place knows what.

import { EXIT } from '../control/protocol.ts';
import { misuse, type Verb } from './verb.ts';

const BASH = `# bash completion for chatctl: source this file, or put it into /usr/share/bash-completion/completions/chatctl
_chatctl() {
  local current=\${COMP_WORDS[COMP_CWORD]}
  COMPREPLY=()
  if [[ \${COMP_WORDS[COMP_CWORD-1]} == --socket ]]; then
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
    return
  fi
  mapfile -t COMPREPLY < <("\${COMP_WORDS[0]}" __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _chatctl chatctl
`;

const ZSH = `#compdef chatctl
# zsh completion for chatctl: put this file as _chatctl into a directory of $fpath, or source it after compinit
_chatctl() {
  local -a candidates
  if [[ \${words[CURRENT-1]} == --socket ]]; then
    _files
    return
  fi
  candidates=(\${(f)"$(\${words[1]} __complete "\${(@Q)words[2,CURRENT]}" 2>/dev/null)"})
  compadd -M 'm:{a-zA-Z}={A-Za-z}' -a candidates
}
if [[ \${funcstack[1]} == _chatctl ]]; then
  _chatctl "$@"
else
  compdef _chatctl chatctl
fi
`;

const SCRIPTS: ReadonlyMap<string, string> = new Map([
  ['bash', BASH],
  ['zsh', ZSH],
]);

export const COMPLETION: Verb = {
  name: 'completion',
  aliases: [],
  args: 'bash|zsh',
  words: { least: 1, most: 1 },
  help: 'Print a script that completes verbs, names and rooms in your shell',
  flags: {},
  completes: [...SCRIPTS.keys()],
  run: ({ screen }, { words }) => {
    const script = SCRIPTS.get(words[0] ?? '');
    if (script === undefined)
      throw misuse(`there is no completion for ${words[0]}: choose one of ${[...SCRIPTS.keys()].join(', ')}`);
    screen.verbatim(script);
    return Promise.resolve(EXIT.done);
  },
};
