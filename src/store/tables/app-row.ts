import type { AppFacts } from '../../domain/apps/app.ts';
import { toDeletedAt } from '../../domain/apps/merge-app.ts';
import type { Merged } from '../../domain/merge/merge.ts';
import { isJsonObject } from '../../domain/values/json.ts';
import { toCaseFolded } from '../../domain/values/text.ts';
import type { WriteRow } from '../database/bulk.ts';
import { fromOriginsJson, toOriginsJson } from './origins-json.ts';
import { apps } from './projection-tables.ts';
import { copyFromRow, listColumnsBut } from './same-columns.ts';

/** Converts an app to its row. */
export function toAppRow(
  tenantId: string,
  appId: string,
  { values, origins }: Merged<AppFacts>,
): WriteRow<typeof apps> {
  const { deletedAt, publishTime, extraAttributes, ...same } = values;
  return {
    ...same,
    tenantId,
    appId,
    nameKey: values.name === undefined ? undefined : toCaseFolded(values.name),
    reportedPublishTime: publishTime,
    deletedEventAt: deletedAt,
    deletedAt: toDeletedAt(values, origins),
    extraAttributes:
      extraAttributes.size > 0 ? JSON.stringify(Object.fromEntries(extraAttributes)) : undefined,
    origins: toOriginsJson(origins),
  };
}

const COPIED = listColumnsBut(apps, [
  ...(['tenantId', 'appId', 'nameKey', 'origins', 'extraAttributes'] as const),
  ...(['reportedPublishTime', 'deletedEventAt', 'deletedAt'] as const),
]);

/** Converts the row of an app to mergeable values. */
export function fromAppRow(row: typeof apps.$inferSelect): Merged<AppFacts> {
  return {
    origins: fromOriginsJson(row.origins),
    values: {
      ...copyFromRow(COPIED, row),
      publishTime: row.reportedPublishTime ?? undefined,
      deletedAt: row.deletedEventAt ?? undefined,
      extraAttributes: new Map(isJsonObject(row.extraAttributes) ? Object.entries(row.extraAttributes) : []),
    },
  };
}
