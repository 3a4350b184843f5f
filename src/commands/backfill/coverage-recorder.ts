import type { Day } from '../../domain/values/calendar-day.ts';
import type { DayCount } from './send-day.ts';
import type { ServiceClient } from './service-client.ts';

/** The server's answer for one day (schema, `CoverageDay`). */
export interface RecordedDay {
  date: Day;
  recoveredCount: number;
  isComplete: boolean;
}

const DOCUMENT = `mutation Coverage($days: [CoverageDayInput!]!) {
  recordCoverage(input: { days: $days }) { days { date recoveredCount isComplete } } }`;
const NONE: DayCount = { upstream: 0, stored: 0 };
/** A mutation records at most 1,000 days. */
const DAYS_AT_ONCE = 1_000;

/**
 * Records the days that are sent. A day without events names no tenant: it is recorded for the
 * tenants of other days, as soon as one is known.
 */
export class CoverageRecorder {
  readonly #service: ServiceClient;
  readonly #tenantIds = new Set<string>();
  #withoutTenant: Day[] = [];

  constructor(service: ServiceClient) {
    this.#service = service;
  }

  /** The days that are not recorded, because no event has named the tenant. */
  get unrecorded(): readonly Day[] {
    return this.#withoutTenant;
  }

  /** Records a day with its counts by tenant. Throws an Obstacle if the server refuses. */
  async record(day: Day, counts: ReadonlyMap<string, DayCount>): Promise<RecordedDay[]> {
    for (const tenantId of counts.keys()) this.#tenantIds.add(tenantId);
    if (this.#tenantIds.size === 0) {
      this.#withoutTenant.push(day);
      return [];
    }
    const dates = [...this.#withoutTenant, day];
    const days = [...this.#tenantIds].flatMap((tenantId) =>
      dates.map((date) => {
        const { upstream, stored } = (date === day ? counts.get(tenantId) : undefined) ?? NONE;
        return { tenantId, date, upstreamCount: upstream, storedCount: stored };
      }),
    );
    const recorded: RecordedDay[] = [];
    for (let from = 0; from < days.length; from += DAYS_AT_ONCE) {
      const answer = await this.#service.send<{ recordCoverage?: { days?: RecordedDay[] } }>(
        DOCUMENT,
        { days: days.slice(from, from + DAYS_AT_ONCE) },
        'record coverage',
      );
      recorded.push(...(answer.recordCoverage?.days ?? []));
    }
    this.#withoutTenant = [];
    return recorded;
  }
}
