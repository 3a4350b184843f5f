import type { Instant } from '../../domain/values/instant.ts';

/** Stands for the tenant of items that name none; no tenant's id is empty. */
export const NO_TENANT = '';

/** Names an item in quarantine. */
export interface QuarantineKey {
  tenantId: string;
  /** Hash of the JSON text: the same bytes are kept once. */
  itemKey: string;
}

/** An item's place in the order of arrival. It never changes while the item waits. */
export interface QuarantinePlace extends QuarantineKey {
  receivedAt: Instant;
  /** Place in the batch that it came with. */
  batchIndex: number;
}
