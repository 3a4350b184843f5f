import { tenantStore } from '../routing/tenant.ts';
import { tokenStore } from './session.ts';
import { useStore } from './store.ts';

/** Returns a text that differs for each token and tenant, for the keys of effects. */
export function useCaller(): string {
  return JSON.stringify([useStore(tokenStore), useStore(tenantStore)]);
}
