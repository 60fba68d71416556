// A name that was claimed and then left alone for long enough is free again.

import type { Hub } from './hub.ts';
import type { Log } from './log.ts';

/** Forgets the claims whose owners have not been here for too long. Returns their inboxes, which are to be dropped. */
export function lapseClaims(hub: Hub): Log[] {
  const inboxes: Log[] = [];
  for (const account of hub.accounts.lapsed(hub.now() - hub.settings.claimMs)) {
    if (hub.directory.signedIn(account.id).size > 0) continue;
    const inbox = hub.accounts.remove(account);
    if (inbox !== null) inboxes.push(inbox);
    hub.setup.tell({ type: 'account', act: 'lapsed', account: account.name });
  }
  return inboxes;
}
