// What the hub's thread and the store's say to each other: structured clones of the arguments and answers of core's
// port, but that entries go packed, both ways.

import type { Store } from '../core/store.ts';
import type { PackedCommit, PackedPage } from './packing.ts';

/** Opening the file is answered under this number, unasked; requests count from 1. */
export const OPENED = 0;

export type Method = keyof Store;

export interface Request {
  readonly id: number;
  readonly method: Method;
  readonly args: readonly unknown[];
}

/** What a slice of a search has found, and how it goes on: with the next slice from `before`, unless that is 0. */
export interface SearchSlice {
  readonly page: PackedPage;
  readonly before: number;
  /** The next slice is handed these, so that the index need not be asked again. */
  readonly blocks: readonly number[];
}

/** What a method is asked with. */
export type ArgsOf<M extends Method> = M extends 'search'
  ? [...Parameters<Store['search']>, blocks: readonly number[]]
  : M extends 'append'
    ? [PackedCommit]
    : Parameters<Store[M]>;

/** What a method answers. A backup's file is only the copy: it is still to be proved and named. */
export type AnswerTo<M extends Method> = M extends 'page'
  ? PackedPage
  : M extends 'search'
    ? SearchSlice
    : M extends 'backup'
      ? void
      : Awaited<ReturnType<Store[M]>>;

/**
 * `value`: only whoever asked knows its type. `failed`: the world's doing, a ChatError `store-failed`; after one that is
 * `final` no other request is done. `bug`: the caller's or ours.
 */
export type Answer =
  | { readonly id: number; readonly value: never }
  | { readonly id: number; readonly failed: string; readonly final: boolean }
  | { readonly id: number; readonly bug: string };

/** What a thread of the store is started for: to keep this file, or to read that one through. */
export type Task = { readonly serve: string } | { readonly prove: string };
