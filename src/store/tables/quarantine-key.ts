import type { Instant } from '../../domain/values/instant.ts';

/** The tenant id of items that name no tenant. No tenant has an empty id. */
export const NO_TENANT = '';

/** Identifies an item in quarantine. */
export interface QuarantineKey {
  tenantId: string;
  /** Hash of the JSON text, so equal items are stored once. */
  itemKey: string;
}

/** An item's place in the order of arrival. It never changes while the item waits. */
export interface QuarantinePlace extends QuarantineKey {
  receivedAt: Instant;
  /** Index in the batch that brought the item. */
  batchIndex: number;
}
