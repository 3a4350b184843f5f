import { AURORA_ENERGY } from './tenants/aurora-energy.ts';
import { MERIDIAN_FREIGHT } from './tenants/meridian-freight.ts';
import { NORTHWIND_RETAIL } from './tenants/northwind-retail.ts';
import { toTenant } from './world.ts';

/** The tenants of the demo, the largest first. */
export const DEMO_TENANTS = [NORTHWIND_RETAIL, MERIDIAN_FREIGHT, AURORA_ENERGY].map(toTenant);
