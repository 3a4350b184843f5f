import { BatchPoster, describeRejection } from 'qlik-event-graph-ingest';
import { openStatusLine } from 'qlik-event-graph-ingest/console/status-line';
import { type Day, listDays } from '../../domain/values/calendar-day.ts';
import { Obstacle } from './back-off.ts';
import type { BackfillOptions } from './backfill-options.ts';
import { BackfillReport } from './backfill-report.ts';
import { BackfillState } from './backfill-state.ts';
import { CoverageRecorder } from './coverage-recorder.ts';
import { type NamePath, sendNames } from './names/send-names.ts';
import { QlikTenant } from './qlik-tenant.ts';
import { sendDay } from './send-day.ts';
import { ServiceClient } from './service-client.ts';

const UPDATE_EVERY_MS = 200;
const LIMITS = { count: 500, bytes: 4_194_304 };

/**
 * Sends the events of a range of days from the audit log to the server, and prints a summary.
 * Returns the exit status, or 'interrupted' if `signal` aborts.
 */
export async function runBackfill(
  options: BackfillOptions & { from: Day; to: Day },
  signal: AbortSignal,
): Promise<number | 'interrupted'> {
  const { from, to, isDryRun, events } = options;
  const status = openStatusLine();
  const state = isDryRun ? undefined : new BackfillState(options, status.print);
  const days = listDays(from, to);
  // The last day is read again: it may not have been over.
  const unread = days.filter((day) => day === to || state?.isDone(day) !== true);
  const report = new BackfillReport(status, unread.length, options);
  const stopping = new AbortController();
  signal.addEventListener('abort', () => stopping.abort());
  const { signal: stop } = stopping;
  const poster = new BatchPoster({ ...options, limits: LIMITS, stop, origin: 'BACKFILL', dryRun: isDryRun });
  const qlik = new QlikTenant({ ...options, stop });
  const service = new ServiceClient({ ...options, stop });
  const coverage = state && events.isComplete ? new CoverageRecorder(service, state.tenantIds) : undefined;
  const tenantIds = new Set<string>();
  let current = from;
  const update = () =>
    report.toProgressText(
      current,
      qlik.waitsFor ?? poster.waitsFor ?? service.waitsFor,
      process.stderr.isTTY === true,
    );
  const updating = setInterval(() => status.update(update), UPDATE_EVERY_MS);
  let obstacle: string | undefined;
  try {
    for (const day of unread) {
      stop.throwIfAborted();
      current = day;
      const readAt = Date.now();
      const failedBefore = report.failed;
      const counts = await sendDay({ ...options, qlik, poster }, day, (batch) => report.addBatch(batch));
      stop.throwIfAborted();
      for (const tenantId of counts.keys()) tenantIds.add(tenantId);
      state?.add(day, { readAt, isStored: report.failed === failedBefore });
      report.addCoverage((await coverage?.record(day, counts)) ?? []);
      if (coverage?.isComplete !== false) state?.finish();
      report.finishDay();
    }
    report.addCoverage((await coverage?.recordRest()) ?? []);
    if (coverage?.isComplete !== false) state?.finish();
    if (!isDryRun)
      report.names = await trySendNames({ qlik, service, isDryRun, tenantIds, warn: status.print });
  } catch (failure) {
    if (!signal.aborted) obstacle = toReason(failure, options);
  } finally {
    // Other requests may still be in progress.
    stopping.abort();
    clearInterval(updating);
    status.clear();
  }
  if (coverage?.isComplete === false && obstacle === undefined && !signal.aborted) {
    status.print(
      'No day has an event and INGEST_TOKEN names no tenant, so no coverage is recorded; later runs read the days again.',
    );
  }
  report.print(days.length - unread.length);
  if (obstacle === undefined && !signal.aborted) return report.failed > 0 && !isDryRun ? 1 : 0;
  const stopped = obstacle === undefined ? 'Interrupted.' : `${current}: ${obstacle}`;
  status.print(`${stopped} Run the same command to resume.`);
  return obstacle === undefined ? 'interrupted' : 2;
}

/** Sets names. What keeps the run from it is a warning, because the events are sent. */
async function trySendNames(path: NamePath): Promise<string> {
  try {
    return await sendNames(path);
  } catch (failure) {
    if (!(failure instanceof Obstacle)) throw failure;
    path.warn(`No names are set: ${failure.message}`);
    return '';
  }
}

/** Describes what kept the run from reading or sending everything. Throws other failures again. */
function toReason(failure: unknown, options: BackfillOptions): string {
  if (failure instanceof Obstacle) return failure.message;
  const reason = describeRejection(failure, options);
  if (reason !== undefined) return reason;
  throw failure;
}
