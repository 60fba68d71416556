// Every file that the packages may leave on a machine. A new one is a decision, and is written down here.

/** The server's package; what is marked with * is in the client's package as well. */
const FILES = `
/etc/chatroom
/etc/chatroom/chatroom.toml
/usr/bin/chat *
/usr/bin/chatctl
/usr/lib/chatroom *
/usr/lib/chatroom/chat.js *
/usr/lib/chatroom/chatctl.js
/usr/lib/chatroom/chatroomd.js
/usr/lib/chatroom/notify.node
/usr/lib/chatroom/package.json *
/usr/lib/chatroom/store-worker.js
/usr/lib/systemd/system/chatroom.service
/usr/lib/systemd/system/chatroom.socket
/usr/lib/sysusers.d/chatroom.conf
/usr/lib/tmpfiles.d/chatroom.conf
/usr/sbin/chatroomd
/usr/share/bash-completion *
/usr/share/bash-completion/completions *
/usr/share/bash-completion/completions/chat *
/usr/share/bash-completion/completions/chatctl
/usr/share/bash-completion/completions/chatroomd
/usr/share/doc/chatroom
/usr/share/doc/chatroom/README.md
/usr/share/licenses/chatroom *
/usr/share/licenses/chatroom/LICENSE *
/usr/share/licenses/chatroom/LICENSE.bundled *
/usr/share/man/man1/chat.1.gz *
/usr/share/man/man5/chatroom.toml.5.gz
/usr/share/man/man7/chatroom-protocol.7.gz
/usr/share/man/man8/chatctl.8.gz
/usr/share/man/man8/chatroomd.8.gz
/usr/share/zsh *
/usr/share/zsh/site-functions *
/usr/share/zsh/site-functions/_chat *
/usr/share/zsh/site-functions/_chatctl
/usr/share/zsh/site-functions/_chatroomd
/var/lib/chatroom`;

const LINES = FILES.trim().split('\n');

export const SERVER_FILES: readonly string[] = LINES.map((line) => line.replace(' *', ''));
export const CLIENT_FILES: readonly string[] = LINES.filter((line) => line.endsWith(' *')).map((line) =>
  line.slice(0, -2),
);
/** What erasing the server leaves: what people said, and settings that were changed. */
export const KEPT_FILES: readonly string[] = ['/etc/chatroom', '/var/lib/chatroom'];
/** Directories that other packages have as well. */
export const SHARED_DIRECTORIES: readonly string[] = SERVER_FILES.filter(
  (path) => /^\/usr\/share\/(bash-completion|zsh)(\/[^_]*)?$/.test(path) && !/\/chat/.test(path),
);
