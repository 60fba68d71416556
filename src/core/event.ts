// What the hub tells the operator, for the log. Never a text that somebody said, and never a token.

export type HubEvent =
  | {
      readonly type: 'joined';
      readonly nick: string;
      readonly session: string;
      readonly address: string;
      readonly dialect: string;
    }
  | { readonly type: 'resumed'; readonly nick: string; readonly session: string; readonly address: string }
  | { readonly type: 'away'; readonly nick: string; readonly session: string }
  | { readonly type: 'left'; readonly nick: string; readonly session: string; readonly why: string }
  | { readonly type: 'renamed'; readonly nick: string; readonly session: string; readonly to: string }
  | { readonly type: 'reported'; readonly nick: string; readonly log: string; readonly seq: number }
  | { readonly type: 'store-refuses'; readonly text: string }
  | { readonly type: 'store-keeps-again' };
