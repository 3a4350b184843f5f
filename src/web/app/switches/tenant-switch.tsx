import { useStore } from '../../data/store.ts';
import { linkTo, navigate, usePlace } from '../../routing/place.ts';
import { tenantStore } from '../../routing/tenant.ts';
import { tenantsStore } from '../tenant-gate.tsx';

/** The switch of the tenant, in the address as `tenant`, where the caller may act for several. */
export function TenantSwitch() {
  const tenants = useStore(tenantsStore);
  const tenant = useStore(tenantStore);
  const { path } = usePlace();
  if (tenants.length < 2 || tenant === undefined) return null;
  const names = tenants.map(({ tenantId }) => tenantId);
  const all = names.includes(tenant) ? names : [tenant, ...names];
  // A run or an app belongs to one tenant, so the other tenant shows the list of them.
  const [, list = ''] = path.split('/');
  return (
    <label class="tenant-switch">
      <span class="hidden">Tenant</span>
      <select
        data-testid="tenant"
        value={tenant}
        onChange={({ currentTarget }) => navigate(linkTo(`/${list}`, { tenant: currentTarget.value }))}
      >
        {all.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
