/*
 * The GraphQL documents that the programs of this project send: relay, backfill, ingest and demo. A
 * service with PERSISTED_ONLY=true executes them, and its metrics name them, because it imports
 * this list. What differs between calls is therefore a variable and never part of a document.
 */

export const INGEST_EVENTS = `mutation IngestEvents($events: [JSON!]!, $origin: IngestOrigin, $dryRun: Boolean) {
  ingestEvents(input: { events: $events, origin: $origin, dryRun: $dryRun }) {
    receipts { outcome eventId errors { code message path } }
  }
}`;

export const RECORD_COVERAGE = `mutation RecordCoverage($days: [CoverageDayInput!]!) {
  recordCoverage(input: { days: $days }) { days { date recoveredCount isComplete } }
}`;

export const SET_NAMES = `mutation SetNames($names: [NameInput!]!) {
  setNames(input: { names: $names }) { changed }
}`;

export const VIEWER_TENANT = 'query ViewerTenant { viewer { tenantId } }';

export const PROGRAM_DOCUMENTS: readonly string[] = [
  INGEST_EVENTS,
  RECORD_COVERAGE,
  SET_NAMES,
  VIEWER_TENANT,
];
