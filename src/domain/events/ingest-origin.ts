/** Who brings an event: a client, the relay from a webhook, or a backfill from the audit log. */
export type IngestOrigin = 'DIRECT' | 'RELAY' | 'BACKFILL';
