// What the hub tells the operator, for the log. Never a text that somebody said, and never a token.

import type { ErrorCode } from './errors.ts';

export type HubEvent =
  | {
      readonly type: 'joined';
      readonly nick: string;
      readonly session: string;
      /** The account it is signed in to, by its name; '' for none. */
      readonly account: string;
      readonly address: string;
      readonly dialect: string;
    }
  | { readonly type: 'resumed'; readonly nick: string; readonly session: string; readonly address: string }
  | { readonly type: 'away'; readonly nick: string; readonly session: string }
  | { readonly type: 'left'; readonly nick: string; readonly session: string; readonly why: string }
  | { readonly type: 'renamed'; readonly nick: string; readonly session: string; readonly to: string }
  | { readonly type: 'kicked'; readonly nick: string; readonly session: string; readonly by: string }
  | {
      readonly type: 'banned';
      readonly id: string;
      readonly target: string;
      readonly by: string;
      readonly hits: number;
    }
  | { readonly type: 'unbanned'; readonly target: string; readonly by: string; readonly matched: number }
  | AccountEvent
  | { readonly type: 'reported'; readonly nick: string; readonly log: string; readonly seq: number }
  | { readonly type: 'store-refuses'; readonly text: string }
  | { readonly type: 'store-keeps-again' };

/** What happened to an account or at the door. Never holds a password, a key or a token. */
export type AccountEvent =
  | {
      readonly type: 'account';
      readonly act: 'claimed' | 'invited' | 'vouched' | 'password' | 'role' | 'lapsed';
      readonly account: string;
      readonly address?: string;
    }
  | {
      readonly type: 'sign-in-failed';
      readonly nick: string;
      readonly address: string;
      readonly by: 'key' | 'password';
      /** How many more from that place there were since the last such line. */
      readonly unsaid: number;
    }
  | {
      readonly type: 'refused';
      readonly code: ErrorCode;
      readonly address: string;
      readonly unsaid: number;
    };
