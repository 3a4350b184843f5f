import { createStore } from '../data/store.ts';
import { placeStore } from './place.ts';

const readTenant = () => placeStore.get().params.get('tenant') ?? undefined;

/** The tenant that the address names; undefined leaves the choice to the API. */
export const tenantStore = createStore<string | undefined>(readTenant());

placeStore.follow(() => tenantStore.set(readTenant()));
