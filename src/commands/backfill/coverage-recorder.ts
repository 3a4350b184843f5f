import { RECORD_COVERAGE } from 'qlik-event-graph-ingest/documents';
import { toChunks } from '../../domain/chunks.ts';
import type { Day } from '../../domain/values/calendar-day.ts';
import type { DayCount } from './send-day.ts';
import { readTokenTenant, type ServiceClient, ServiceRefusal } from './service-client.ts';

/** The server's answer for one day (schema, `CoverageDay`). */
export interface RecordedDay {
  date: Day;
  recoveredCount: number;
  isComplete: boolean;
}

const NONE: DayCount = { upstream: 0, stored: 0 };
/** A mutation records at most 1,000 days. */
const DAYS_AT_ONCE = 1_000;

/**
 * Records the days that are sent. A day without events names no tenant: it is recorded for the
 * tenants of other days, as soon as one is known, and else for the tenant of the token.
 */
export class CoverageRecorder {
  readonly #service: ServiceClient;
  readonly #tenantIds: Set<string>;
  #withoutTenant: Day[] = [];

  /** Adds the tenants of events to `tenantIds`, which holds those of earlier runs. */
  constructor(service: ServiceClient, tenantIds: Set<string>) {
    this.#service = service;
    this.#tenantIds = tenantIds;
  }

  /** Whether each day is recorded. Other days wait until their tenant is known. */
  get isComplete(): boolean {
    return this.#withoutTenant.length === 0;
  }

  /** Records a day with its counts by tenant. Throws an Obstacle if the server refuses. */
  async record(day: Day, counts: ReadonlyMap<string, DayCount>): Promise<RecordedDay[]> {
    this.#withoutTenant.push(day);
    const tenantIds = new Set([...this.#tenantIds, ...counts.keys()]);
    const recorded = await this.#recordFor(tenantIds, (tenantId, date) =>
      date === day ? counts.get(tenantId) : undefined,
    );
    for (const tenantId of tenantIds) this.#tenantIds.add(tenantId);
    return recorded;
  }

  /**
   * Records the days that wait for a tenant for that of the token. They keep waiting if the service
   * knows of none. Throws an Obstacle if the server refuses.
   */
  async recordRest(): Promise<RecordedDay[]> {
    if (this.isComplete) return [];
    const tenantId = await findTokenTenant(this.#service);
    return tenantId === undefined ? [] : await this.#recordFor(new Set([tenantId]), () => undefined);
  }

  async #recordFor(
    tenantIds: ReadonlySet<string>,
    countOf: (tenantId: string, date: Day) => DayCount | undefined,
  ): Promise<RecordedDay[]> {
    if (tenantIds.size === 0) return [];
    const days = [...tenantIds].flatMap((tenantId) =>
      this.#withoutTenant.map((date) => {
        const { upstream, stored } = countOf(tenantId, date) ?? NONE;
        return { tenantId, date, upstreamCount: upstream, storedCount: stored };
      }),
    );
    const recorded: RecordedDay[] = [];
    for (const some of toChunks(days, () => 1, DAYS_AT_ONCE)) {
      const answer = await this.#service.send<{ recordCoverage?: { days?: RecordedDay[] } }>(
        RECORD_COVERAGE,
        { days: some },
        'record coverage',
      );
      recorded.push(...(answer.recordCoverage?.days ?? []));
    }
    this.#withoutTenant = [];
    return recorded;
  }
}

/** Returns the tenant that the token acts for; undefined if the token may act for several. */
async function findTokenTenant(service: ServiceClient): Promise<string | undefined> {
  try {
    return await readTokenTenant(service, 'say which tenant the days are of');
  } catch (failure) {
    if (failure instanceof ServiceRefusal && failure.reason === 'TENANT_REQUIRED') return undefined;
    throw failure;
  }
}
