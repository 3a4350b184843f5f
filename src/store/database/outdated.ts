import { lt } from 'drizzle-orm';
import { tenants } from '../tables/log-tables.ts';
import { PROJECTION_VERSION } from '../tables/projection-tables.ts';
import type { Queries } from './database.ts';

/** Returns whether an older version made a tenant's projections, so they need a rebuild. */
export async function isOutdated(queries: Queries): Promise<boolean> {
  const rows = await queries
    .select({ tenantId: tenants.tenantId })
    .from(tenants)
    .where(lt(tenants.projectionVersion, PROJECTION_VERSION))
    .limit(1);
  return rows.length > 0;
}
