import { toUuid } from './ids.ts';

/** A connector of Qlik Automate. Runs that execute a block of a third party are billable. */
export interface Connector {
  id: string;
  name: string;
  isThirdParty: boolean;
  /** What its blocks fail with. */
  errors: readonly string[];
}

/** An endpoint of a connector, as a block of an automation calls it. */
export interface Endpoint {
  id: string;
  name: string;
  connector: Connector;
  /** Medians of one execution. */
  apiCalls: number;
  rxKilobytes: number;
  txKilobytes: number;
}

const connector = (name: string, errors: readonly string[], isThirdParty = true): Connector => ({
  id: toUuid(`connector/${name}`),
  name,
  isThirdParty,
  errors,
});

const CONNECTORS = {
  qlik: connector(
    'Qlik Cloud Services',
    ['409 Conflict: a reload of this app is already in progress', '403 Forbidden: APPS-11: Access denied'],
    false,
  ),
  salesforce: connector('Salesforce', [
    '401 Unauthorized: INVALID_SESSION_ID: Session expired or invalid',
    '403 Forbidden: REQUEST_LIMIT_EXCEEDED: TotalRequests Limit exceeded.',
    '400 Bad Request: INVALID_FIELD: No such column on entity Opportunity',
  ]),
  snowflake: connector('Snowflake', [
    '000606 (57P03): No active warehouse selected in the current session',
    '002003 (42S02): SQL compilation error: Object does not exist or not authorized',
  ]),
  slack: connector('Slack', ['429 Too Many Requests: rate_limited', '200 OK: channel_not_found']),
  teams: connector('Microsoft Teams', [
    '401 Unauthorized: InvalidAuthenticationToken: Lifetime validation failed',
  ]),
  sharepoint: connector('Microsoft SharePoint', [
    '404 Not Found: itemNotFound: The resource could not be found.',
    '503 Service Unavailable: The service is temporarily busy',
  ]),
  sheets: connector('Google Sheets', [
    "429 Too Many Requests: Quota exceeded for 'Read requests per minute'",
  ]),
  s3: connector('Amazon S3', [
    '403 Forbidden: AccessDenied',
    '503 Slow Down: Please reduce your request rate.',
  ]),
  jira: connector('Jira', ['400 Bad Request: Field assignee cannot be set']),
  servicenow: connector('ServiceNow', ['401 Unauthorized: User Not Authenticated', '504 Gateway Timeout']),
  shopify: connector('Shopify', ['429 Too Many Requests: Exceeded 2 calls per second for api client.']),
  hubspot: connector('HubSpot', ['409 Conflict: Contact already exists', '502 Bad Gateway']),
  sap: connector('SAP OData', ['500 Internal Server Error: RFC_ERROR_SYSTEM_FAILURE', '504 Gateway Timeout']),
  mail: connector('Mail', ['550 5.7.1: Relaying denied'], false),
} as const;

type ConnectorName = keyof typeof CONNECTORS;

const endpoint = (of: ConnectorName, name: string, calls: number, rx: number, tx: number): Endpoint => ({
  id: toUuid(`endpoint/${of}/${name}`),
  name,
  connector: CONNECTORS[of],
  apiCalls: calls,
  rxKilobytes: rx,
  txKilobytes: tx,
});

/** The endpoints that the automations of the demo call. */
export const ENDPOINTS = {
  doReload: endpoint('qlik', 'Do Reload', 6, 9, 2),
  getReload: endpoint('qlik', 'Get Reload', 12, 14, 3),
  listApps: endpoint('qlik', 'List Apps', 4, 180, 2),
  exportApp: endpoint('qlik', 'Export App', 3, 5_200, 2),
  publishApp: endpoint('qlik', 'Publish App', 2, 6, 3),
  listUsers: endpoint('qlik', 'List Users', 9, 260, 3),
  assignRole: endpoint('qlik', 'Assign Role To User', 14, 12, 9),
  chartImage: endpoint('qlik', 'Get Chart Image', 5, 840, 4),
  opportunities: endpoint('salesforce', 'List Opportunities', 38, 2_900, 12),
  accounts: endpoint('salesforce', 'List Accounts', 24, 1_700, 9),
  upsertContact: endpoint('salesforce', 'Upsert Contact', 120, 90, 210),
  runQuery: endpoint('snowflake', 'Do Query', 3, 1_900, 3),
  insertRows: endpoint('snowflake', 'Insert Bulk', 16, 24, 3_800),
  slackMessage: endpoint('slack', 'Send Message', 1, 1, 2),
  teamsMessage: endpoint('teams', 'Send Channel Message', 2, 2, 3),
  copyFile: endpoint('sharepoint', 'Copy File', 5, 3_100, 3_100),
  listFiles: endpoint('sharepoint', 'List Files From Folder', 7, 320, 3),
  readSheet: endpoint('sheets', 'List Rows', 11, 620, 4),
  addRows: endpoint('sheets', 'Add Rows', 18, 14, 380),
  putObject: endpoint('s3', 'Put Object', 8, 4, 6_400),
  getObject: endpoint('s3', 'Get Object', 8, 5_900, 4),
  createIssue: endpoint('jira', 'Create Issue', 2, 6, 5),
  listIncidents: endpoint('servicenow', 'List Incidents', 15, 870, 6),
  createIncident: endpoint('servicenow', 'Create Incident', 1, 4, 4),
  listOrders: endpoint('shopify', 'List Orders', 54, 3_600, 18),
  listContacts: endpoint('hubspot', 'List Contacts', 41, 2_200, 16),
  readEntity: endpoint('sap', 'Read Entity Set', 27, 4_100, 11),
  sendMail: endpoint('mail', 'Send Mail', 1, 1, 64),
} as const;

export type EndpointName = keyof typeof ENDPOINTS;
