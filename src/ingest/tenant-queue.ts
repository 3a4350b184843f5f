import { fitTogether, type Size, type TenantBatch } from './tenant-batch.ts';

/** The shares of one tenant that wait for their turn. */
export class TenantQueue {
  readonly tenantId: string;
  /** Whoever waits longest comes first. */
  readonly #waiting: { share: TenantBatch; since: number }[] = [];

  constructor(tenantId: string) {
    this.tenantId = tenantId;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Puts a share at the end; one of which a part is stored starts to wait again. */
  add(share: TenantBatch, now: number): void {
    this.#waiting.push({ share, since: now });
  }

  /** Takes out the shares whose next parts form a group: as many as fit into one transaction, but one of each share. */
  takeGroup(): TenantBatch[] {
    const group: TenantBatch[] = [];
    const sum: Size = { items: 0, blocks: 0, weight: 0 };
    for (let first = this.#waiting[0]; first?.share.next !== undefined; first = this.#waiting[0]) {
      const { next } = first.share;
      if (group.length > 0 && !fitTogether(sum, next)) break;
      sum.items += next.items;
      sum.blocks += next.blocks;
      sum.weight += next.weight;
      group.push(first.share);
      this.#waiting.shift();
    }
    return group;
  }

  /** Takes out the shares that have waited since before an instant. */
  takeOlderThan(instant: number): TenantBatch[] {
    const young = this.#waiting.findIndex(({ since }) => since >= instant);
    const count = young === -1 ? this.#waiting.length : young;
    return this.#waiting.splice(0, count).map(({ share }) => share);
  }
}
