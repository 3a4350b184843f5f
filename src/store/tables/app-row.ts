import type { AppFacts } from '../../domain/apps/app.ts';
import { toDeletedAt } from '../../domain/apps/merge-app.ts';
import type { Merged } from '../../domain/merge/merge.ts';
import { isJsonObject } from '../../domain/values/json.ts';
import { toCaseFolded } from '../../domain/values/text.ts';
import type { WriteRow } from '../database/bulk.ts';
import { fromOriginsJson, toOriginsJson } from './origins-json.ts';
import type { apps } from './projection-tables.ts';

type AppRow = typeof apps.$inferSelect;

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

/** Converts the row of an app to mergeable values. */
export function fromAppRow(row: AppRow): Merged<AppFacts> {
  return {
    origins: fromOriginsJson(row.origins),
    values: {
      name: row.name ?? undefined,
      description: row.description ?? undefined,
      owner: row.owner ?? undefined,
      ownerId: row.ownerId ?? undefined,
      spaceId: row.spaceId ?? undefined,
      dynamicColor: row.dynamicColor ?? undefined,
      published: row.published ?? undefined,
      publishTime: row.reportedPublishTime ?? undefined,
      hasSectionAccess: row.hasSectionAccess ?? undefined,
      originAppId: row.originAppId ?? undefined,
      createdDate: row.createdDate ?? undefined,
      modifiedDate: row.modifiedDate ?? undefined,
      fileBytes: row.fileBytes ?? undefined,
      memoryBytes: row.memoryBytes ?? undefined,
      lastReloadTime: row.lastReloadTime ?? undefined,
      lastExportedAt: row.lastExportedAt ?? undefined,
      publishedEventAt: row.publishedEventAt ?? undefined,
      deletedAt: row.deletedEventAt ?? undefined,
      createdEventAt: row.createdEventAt ?? undefined,
      lastEventAt: row.lastEventAt,
      extraAttributes: new Map(isJsonObject(row.extraAttributes) ? Object.entries(row.extraAttributes) : []),
    },
  };
}
