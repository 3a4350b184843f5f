import { fitTogether, type Size, type TenantBatch } from './tenant-batch.ts';

/** The batches of one tenant that wait to be stored, first in, first out. */
export class TenantQueue {
  readonly tenantId: string;
  readonly #waiting: { batch: TenantBatch; since: number }[] = [];

  constructor(tenantId: string) {
    this.tenantId = tenantId;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Appends a batch, or the remaining parts of a batch, with a new waiting time. */
  add(batch: TenantBatch, now: number): void {
    this.#waiting.push({ batch, since: now });
  }

  /** Removes the batches of the next group: one part of each, within one transaction. */
  takeGroup(): TenantBatch[] {
    const group: TenantBatch[] = [];
    const sum: Size = { items: 0, blocks: 0, bytes: 0 };
    for (let first = this.#waiting[0]; first?.batch.nextPart !== undefined; first = this.#waiting[0]) {
      const { nextPart } = first.batch;
      if (group.length > 0 && !fitTogether(sum, nextPart)) break;
      sum.items += nextPart.items;
      sum.blocks += nextPart.blocks;
      sum.bytes += nextPart.bytes;
      group.push(first.batch);
      this.#waiting.shift();
    }
    return group;
  }

  /** Removes the batches that have waited since before an instant. */
  takeOlderThan(instant: number): TenantBatch[] {
    const firstYounger = this.#waiting.findIndex(({ since }) => since >= instant);
    const count = firstYounger === -1 ? this.#waiting.length : firstYounger;
    return this.#waiting.splice(0, count).map(({ batch }) => batch);
  }
}
