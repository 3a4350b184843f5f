/** Splits a list into chunks, in order. A chunk weighs at most `max` or is a single item. */
export function toChunks<Item>(items: readonly Item[], weigh: (item: Item) => number, max: number): Item[][] {
  const chunks: Item[][] = [];
  let total = Number.POSITIVE_INFINITY;
  for (const item of items) {
    const weight = weigh(item);
    if (total + weight > max) {
      chunks.push([]);
      total = 0;
    }
    chunks.at(-1)?.push(item);
    total += weight;
  }
  return chunks;
}
