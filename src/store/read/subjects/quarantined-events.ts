import { quarantine } from '../../tables/log-tables.ts';
import { defineSubject } from './subject.ts';

/** The items in quarantine. Their only order is the order of arrival. */
export const QUARANTINED_EVENTS = defineSubject({
  name: 'QuarantinedEvent',
  plural: 'items in quarantine',
  table: quarantine,
  key: ['batchIndex', 'itemKey', 'tenantId'],
  fallback: { field: 'RECEIVED_AT', direction: 'ASC' },
  fields: {
    receivedAt: {
      kind: 'instant',
      filter: 'when this service first received the item',
      order: ['RECEIVED_AT', 'arrival'],
    },
  },
});
