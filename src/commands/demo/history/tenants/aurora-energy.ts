import type { TenantPlan } from '../tenants.ts';

/** A utility: a small tenant, whose events have the newer names of types. */
export const AURORA_ENERGY: TenantPlan = {
  tenantId: 'aurora-energy',
  dialect: 'new types',
  people: ['Elif Kaya', 'Marc Dubois', 'Sofia Marino'],
  spaces: ['Grid Operations', 'Retail Customers'],
  automations: [
    ['Smart meter readings to S3', 'every 6 hours', 130, ['runQuery', 'putObject'], { growth: 0.8 }],
    ['Outage map refresh', 'every 6 hours', 45, ['doReload', 'getReload']],
    ['Load forecast to grid control', 'every 6 hours', 75, ['runQuery', 'sendMail']],
    ['Tariff change: notify customers', 'webhook', 14, ['accounts', 'sendMail']],
    ['Complaint to ServiceNow', 'webhook', 6, ['createIncident'], { failureRate: 0.06 }],
    ['Nightly billing extract', 'nightly', 840, ['readEntity', 'insertRows'], { growth: 0.3 }],
    ['Weather data import', 'nightly', 55, ['getObject', 'insertRows'], { failureRate: 0.38 }],
    ['Meter master data from SAP', 'nightly', 460, ['readEntity', 'insertRows']],
    ['App backup to SharePoint', 'nightly', 380, ['exportApp', 'copyFile']],
    ['Call centre KPIs to Teams', 'weekdays', 20, ['chartImage', 'teamsMessage']],
    ['Debt collection list', 'weekdays', 66, ['runQuery', 'addRows']],
    ['Regulator report draft', 'weekly', 290, ['chartImage', 'sendMail']],
    ['Churn scores to Salesforce', 'weekly', 510, ['runQuery', 'upsertContact']],
    ['Heat pump campaign sync', 'nightly', 35, ['listContacts', 'addRows'], { until: 0.45 }],
  ],
  apps: [
    ['Outage Map', 'every 6 hours', 40, 560],
    ['Load Forecast', 'every 6 hours', 150, 1_900, { growth: 0.6 }],
    ['Billing Control', 'nightly', 610, 4_800],
    ['Weather and Load', 'nightly', 70, 330, { failureRate: 0.3 }],
    ['Customer Churn', 'weekly', 220, 1_250],
    ['Regulator Report', 'weekly', 90, 280],
  ],
};
