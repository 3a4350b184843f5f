import { graphql } from '../graphql.ts';

/** The tenants that the caller may act for. The query needs no tenant. */
export const TenantsDocument = graphql(`
  query Tenants { viewer { tenants { tenantId headPosition lastEventAt } } }
`);
