import { createStore } from '../data/store.ts';
import { placeStore } from './place.ts';

/** The caller's tenant if there is only one; the address then need not name it. */
let onlyTenant: string | undefined;

/** Characters that no tenant id and no header contains. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what the API refuses.
const CONTROLS = /[\u0000-\u001f\u007f]/g;

const readTenant = () => placeStore.get().params.get('tenant')?.replace(CONTROLS, '') || onlyTenant;

/** The tenant of all requests. */
export const tenantStore = createStore<string | undefined>(readTenant());

placeStore.follow(() => tenantStore.set(readTenant()));

/** Records the caller's only tenant. */
export function setOnlyTenant(tenantId: string | undefined): void {
  onlyTenant = tenantId;
  tenantStore.set(readTenant());
}
