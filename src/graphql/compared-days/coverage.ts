import { Refusal } from '../../domain/refusal.ts';
import { countDays, type Day } from '../../domain/values/calendar-day.ts';
import { recordDays } from '../../ingest/record-coverage.ts';
import type { TenantDatabase } from '../../store/database/database.ts';
import { countRecovered, listCoverage } from '../../store/read/coverage.ts';
import type { CoverageDay } from '../../store/tables/log-tables.ts';
import { builder } from '../builder.ts';
import { PART_OF_PARENT } from '../connections/list-cost.ts';
import { readActingTenant } from '../context.ts';

const MAX_DAYS = 400;

/** A compared day. `recovered` counts the recovered events of all days of one answer, once. */
interface CoverageRecord extends CoverageDay {
  recovered: () => Promise<ReadonlyMap<Day, number>>;
}

const CoverageDayRef = builder.objectRef<CoverageRecord>('CoverageDay').implement({
  description:
    "A UTC day of event times that was compared with Qlik's audit log. Only events of modelled types are compared.",
  fields: (t) => ({
    date: t.expose('date', { type: 'Date', nullable: false, description: 'The day.' }),
    checkedAt: t.expose('checkedAt', {
      type: 'DateTime',
      nullable: false,
      description: 'When the day was compared last.',
    }),
    upstreamCount: t.expose('upstreamCount', {
      type: 'SafeInt',
      nullable: false,
      description: 'The number of events that the audit log lists for the day.',
    }),
    storedCount: t.expose('storedCount', {
      type: 'SafeInt',
      nullable: false,
      description: 'Of those, the number that this log contains.',
    }),
    recoveredCount: t.field({
      type: 'SafeInt',
      nullable: false,
      description:
        'The number of events of the day, of any type, that a backfill brought first, because no webhook of them had arrived. Counted when it is selected.',
      resolve: async ({ date, recovered }) => (await recovered()).get(date) ?? 0,
    }),
    isComplete: t.boolean({
      nullable: false,
      description: 'Whether this log contains every event that the audit log lists for the day.',
      resolve: ({ upstreamCount, storedCount }) => upstreamCount === storedCount,
    }),
  }),
});

/** Adds to days of one tenant, in any order, how to count their recovered events. */
function toRecords(database: TenantDatabase, days: readonly CoverageDay[]): CoverageRecord[] {
  const dates = days.map(({ date }) => date).toSorted();
  const [first, last] = [dates[0], dates.at(-1)];
  let counted: Promise<ReadonlyMap<Day, number>> | undefined;
  const recovered = () => {
    counted ??= first && last ? countRecovered(database, first, last) : Promise.resolve(new Map());
    return counted;
  };
  return days.map((day) => ({ ...day, recovered }));
}

builder.queryField('coverage', (t) =>
  t.field({
    scope: 'events:read',
    type: [CoverageDayRef],
    nullable: false,
    extensions: { cost: { default: MAX_DAYS, max: MAX_DAYS, maxPlain: MAX_DAYS } },
    description: `The days of a range that were compared with Qlik's audit log, the oldest first. A day that was never compared is missing. A range has at most ${MAX_DAYS} days.`,
    args: {
      from: t.arg({ type: 'Date', required: true, description: 'The first day.' }),
      to: t.arg({ type: 'Date', required: true, description: 'The last day.' }),
    },
    resolve: async (_root, { from, to }, context) => {
      const database = await readActingTenant(context);
      if (from > to) throw new Refusal('BAD_USER_INPUT', 'from: must not be after to.');
      if (countDays(from, to) > MAX_DAYS) {
        throw new Refusal('BAD_USER_INPUT', `to: a range has at most ${MAX_DAYS} days.`);
      }
      return toRecords(database, await listCoverage(database, from, to));
    },
  }),
);

const CoverageDayInputRef = builder.inputType('CoverageDayInput', {
  description: "What Qlik's audit log has for a UTC day of event times, compared with this log.",
  fields: (t) => ({
    tenantId: t.id({ required: true, description: "Qlik's id of the tenant." }),
    date: t.field({ type: 'Date', required: true, description: 'The day.' }),
    upstreamCount: t.int({
      required: true,
      description:
        'The number of events of modelled types that the audit log lists for the day, distinct by source, type and id.',
    }),
    storedCount: t.int({
      required: true,
      description:
        'Of those, the number of events that a receipt confirmed as STORED, DUPLICATE or CONFLICT.',
    }),
  }),
});

const RecordCoverageInputRef = builder.inputType('RecordCoverageInput', {
  description: 'Days that were compared with the audit log.',
  fields: (t) => ({
    days: t.field({
      type: [CoverageDayInputRef],
      required: true,
      description:
        '1 to 1,000 days. A day that is recorded already is replaced; of two entries for one day the last one counts.',
    }),
    clientMutationId: t.string({ description: 'Any text. It is returned in the payload.' }),
  }),
});

interface RecordCoveragePayload {
  days: CoverageRecord[];
  clientMutationId: string | null | undefined;
}

const RecordCoveragePayloadRef = builder.objectRef<RecordCoveragePayload>('RecordCoveragePayload').implement({
  description: 'The recorded days.',
  fields: (t) => ({
    days: t.expose('days', {
      type: [CoverageDayRef],
      nullable: false,
      extensions: PART_OF_PARENT,
      description: 'The recorded days, each once.',
    }),
    clientMutationId: t.exposeString('clientMutationId', { description: 'The value from the input.' }),
  }),
});

builder.mutationField('recordCoverage', (t) =>
  t.field({
    scope: 'events:ingest',
    type: RecordCoveragePayloadRef,
    nullable: false,
    extensions: { cost: { perItemOf: 'days' } },
    description:
      "Records how many events Qlik's audit log has for a day, and how many of them this log contains. It is safe to repeat. Needs the scope events:ingest.",
    args: {
      input: t.arg({ type: RecordCoverageInputRef, required: true, description: 'The days to record.' }),
    },
    resolve: async (_root, { input: { days, clientMutationId } }, { database, caller }) => {
      const recorded = await recordDays(database, days, (tenantId) => caller.mayWrite(tenantId));
      const tenantIds = [...new Set(recorded.map(({ tenantId }) => tenantId))];
      return {
        days: tenantIds.flatMap((tenantId) =>
          toRecords(
            database.forTenant(tenantId),
            recorded.filter((day) => day.tenantId === tenantId),
          ),
        ),
        clientMutationId,
      };
    },
  }),
);
