import type { ResultOf } from 'gql.tada';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { setLive } from '../data/live-state.ts';
import { createStore, useStore } from '../data/store.ts';
import { TenantsDocument } from '../data/tenants-documents.ts';
import { useQuery } from '../data/use-query.ts';
import { formatCount } from '../format/numbers.ts';
import { formatAgo } from '../format/times.ts';
import { Empty, Loading } from '../parts/states.tsx';
import { setParams } from '../routing/place.ts';
import { setOnlyTenant, tenantStore } from '../routing/tenant.ts';
import { useNow } from './use-now.ts';
import { ViewFrame } from './view-frame.tsx';

type Tenant = ResultOf<typeof TenantsDocument>['viewer']['tenants'][number];

/** The tenants that the caller may act for; the header offers them where they are several. */
export const tenantsStore = createStore<readonly Tenant[]>([]);

/** Without a tenant there is nothing to subscribe to, so the page asks for tenants again. */
const POLL_MS = 1_000;

/** Shows the view once it is known for which tenant; asks where there are several. */
export function TenantGate({ viewName, children }: { viewName: string; children: ComponentChildren }) {
  const tenant = useStore(tenantStore);
  const { data, error, reload } = useQuery(TenantsDocument, {});
  const tenants = data?.viewer.tenants;
  const isEmpty = tenants?.length === 0;
  useEffect(() => {
    if (tenants === undefined) return undefined;
    tenantsStore.set(tenants);
    setOnlyTenant(tenants.length === 1 ? tenants[0]?.tenantId : undefined);
    if (tenants.length === 1 || tenant !== undefined) return undefined;
    setLive();
    const timer = setTimeout(reload, POLL_MS);
    return () => clearTimeout(timer);
  }, [data, tenant]);
  if (tenant !== undefined || (error !== undefined && error.code !== 'NETWORK')) return <>{children}</>;
  if (tenants === undefined || tenants.length === 1) {
    return (
      <ViewFrame name={viewName} state={error ? 'error' : 'loading'} title="Loading" switches={[]}>
        {error && <p role="alert">The server cannot be reached. The page tries again by itself.</p>}
        <Loading />
      </ViewFrame>
    );
  }
  return isEmpty ? <NoEvents viewName={viewName} /> : <TenantChoice tenants={tenants} />;
}

function NoEvents({ viewName }: { viewName: string }) {
  return (
    <ViewFrame name={viewName} state="empty" title="Waiting for the first event" switches={[]}>
      <Empty title="No event has arrived yet">
        <p>
          Send events with the mutation <code>ingestEvents</code>, for example in{' '}
          <a href="/graphql">GraphiQL</a>, or see the page filled: <code>npm run demo</code>. The page shows
          events as they arrive.
        </p>
      </Empty>
    </ViewFrame>
  );
}

function TenantChoice({ tenants }: { tenants: readonly Tenant[] }) {
  const now = useNow();
  return (
    <ViewFrame name="tenants" state="ready" title="Choose a tenant" switches={[]}>
      <ul class="tenants">
        {tenants.map(({ tenantId, headPosition, lastEventAt }) => (
          <li key={tenantId}>
            <button
              type="button"
              data-testid="tenant-choice"
              data-tenant={tenantId}
              onClick={() => setParams({ tenant: tenantId })}
            >
              <b>{tenantId}</b>
              <span class="muted">
                {formatCount(headPosition)} events{lastEventAt && `, the last ${formatAgo(lastEventAt, now)}`}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </ViewFrame>
  );
}
