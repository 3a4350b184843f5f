import { BatchPoster, describeRejection } from 'qlik-event-graph-ingest';
import { openStatusLine, type StatusLine } from 'qlik-event-graph-ingest/console/status-line';
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
const UNRECORDED =
  'No day has an event and INGEST_TOKEN names no tenant, so no coverage is recorded; later runs read the days again.';

type RangeOptions = BackfillOptions & { from: Day; to: Day };

/** What the days of one run share. */
interface Run {
  options: RangeOptions;
  stop: AbortSignal;
  qlik: QlikTenant;
  poster: BatchPoster;
  service: ServiceClient;
  report: BackfillReport;
  /** Undefined for a dry run, which keeps no progress. */
  state: BackfillState | undefined;
  /** Undefined if not every modelled event is sent, so that days cannot be compared. */
  coverage: CoverageRecorder | undefined;
  /** The days to read, and the one that is read now. */
  unread: Day[];
  current: Day;
  /** The tenants of the events that this run has sent. */
  tenantIds: Set<string>;
  warn: (line: string) => void;
}

/**
 * Sends the events of a range of days from the audit log to the server, and prints a summary.
 * Returns the exit status, or 'interrupted' if `signal` aborts.
 */
export async function runBackfill(
  options: RangeOptions,
  signal: AbortSignal,
): Promise<number | 'interrupted'> {
  const status = openStatusLine();
  const stopping = new AbortController();
  signal.addEventListener('abort', () => stopping.abort());
  const days = listDays(options.from, options.to);
  const run = openRun(options, days, status, stopping.signal);
  const updating = setInterval(() => status.update(() => toStatusText(run)), UPDATE_EVERY_MS);
  let obstacle: string | undefined;
  try {
    for (const day of run.unread) await sendOneDay(run, day);
    await finishRun(run);
  } catch (failure) {
    if (!signal.aborted) obstacle = toReason(failure, options);
  } finally {
    // Other requests may still be in progress.
    stopping.abort();
    clearInterval(updating);
    status.clear();
  }
  run.report.print(days.length - run.unread.length);
  if (obstacle === undefined && !signal.aborted) {
    return run.report.failed > 0 && !options.isDryRun ? 1 : 0;
  }
  const stopped = obstacle === undefined ? 'Interrupted.' : `${run.current}: ${obstacle}`;
  status.print(`${stopped} Run the same command to resume.`);
  return obstacle === undefined ? 'interrupted' : 2;
}

function openRun(options: RangeOptions, days: readonly Day[], status: StatusLine, stop: AbortSignal): Run {
  const { from, to, isDryRun: dryRun, events } = options;
  const state = dryRun ? undefined : new BackfillState(options, status.print);
  const service = new ServiceClient({ ...options, stop });
  // The last day is read again: it may not have been over.
  const unread = days.filter((day) => day === to || state?.isDone(day) !== true);
  return {
    options,
    stop,
    qlik: new QlikTenant({ ...options, stop }),
    poster: new BatchPoster({ ...options, limits: LIMITS, stop, origin: 'BACKFILL', dryRun }),
    service,
    report: new BackfillReport(status, unread.length, options),
    state,
    coverage: state && events.isComplete ? new CoverageRecorder(service, state.tenantIds) : undefined,
    unread,
    current: from,
    tenantIds: new Set(),
    warn: status.print,
  };
}

function toStatusText({ report, current, qlik, poster, service }: Run): string {
  const waitsFor = qlik.waitsFor ?? poster.waitsFor ?? service.waitsFor;
  return report.toProgressText(current, waitsFor, process.stderr.isTTY === true);
}

/** Sends a day, records its coverage, and keeps the progress. */
async function sendOneDay(run: Run, day: Day): Promise<void> {
  const { options, qlik, poster, report, state, coverage, stop, tenantIds } = run;
  stop.throwIfAborted();
  run.current = day;
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

/** Records the days that still wait for a tenant, and sets names. */
async function finishRun(run: Run): Promise<void> {
  const { options, qlik, service, report, state, coverage, tenantIds, warn } = run;
  report.addCoverage((await coverage?.recordRest()) ?? []);
  if (coverage?.isComplete !== false) state?.finish();
  else warn(UNRECORDED);
  const { isDryRun } = options;
  if (!isDryRun) report.names = await trySendNames({ qlik, service, isDryRun, tenantIds, warn });
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
