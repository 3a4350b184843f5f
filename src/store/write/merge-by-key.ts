import type { Merged } from '../../domain/merge/merge.ts';

/** Merges the facts of items by key. `toPart` returns the key and facts of an item. */
export function mergeByKey<Item, Facts>(
  items: readonly Item[],
  toPart: (item: Item) => [string, Merged<Facts>] | undefined,
  merge: (a: Merged<Facts>, b: Merged<Facts>) => Merged<Facts>,
): Map<string, Merged<Facts>> {
  const parts = new Map<string, Merged<Facts>>();
  for (const item of items) {
    const part = toPart(item);
    if (part === undefined) continue;
    const [key, next] = part;
    const before = parts.get(key);
    parts.set(key, before === undefined ? next : merge(before, next));
  }
  return parts;
}
