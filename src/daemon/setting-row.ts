// What is said of each setting: where it belongs, what it takes, what it is when nobody sets it, and when a change counts.

import type { Surroundings as Places } from '../control/paths.ts';
import type { Kind } from './setting-kinds.ts';

/** What defaults are worked out from, besides this table. */
export interface Surroundings extends Places {
  readonly hostName: string;
}

/** A default that depends on where the hub runs; `words` describe it in help texts. */
interface WorkedOut<T> {
  readonly words: string;
  readonly of: (here: Surroundings) => T;
}

export interface Row<T> {
  readonly group: 'Network' | 'Operation' | 'Limits' | 'Connections' | 'Accounts' | 'Store';
  readonly kind: Kind<T>;
  readonly default: { readonly value: NoInfer<T> } | WorkedOut<NoInfer<T>>;
  /** One clause without the unit, which the kind knows, for --help and the man page, without a full stop. */
  readonly help: string;
  /** When a changed value counts: as soon as the settings are read again, or after the next start. */
  readonly counts: 'on reload' | 'on restart';
}

// A function only so that each row's value type is worked out and kept.
export const row = <T>(fields: Row<T>): Row<T> => fields;
