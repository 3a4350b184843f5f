import { ENVELOPES, type EventParts } from './envelopes.ts';

type Json = Record<string, unknown>;

/** A letter that is not ASCII. The service stores the folded text of such names separately. */
const LETTER = 'É';

/** A tenant whose texts all hold a mark that occurs nowhere else. */
export interface CanaryTenant {
  tenantId: string;
  mark: string;
  /** All numbers are near this one. */
  number: number;
  /** The year of all times. */
  year: number;
}

/** The caller's tenant. */
export const ALPHA: CanaryTenant = {
  ...{ tenantId: 'tenant of canaryAlpha', mark: 'canaryAlpha' },
  ...{ number: 4_000, year: 2024 },
};
/** The tenant of which the caller must learn nothing. */
export const BRAVO: CanaryTenant = {
  ...{ tenantId: 'tenant of canaryBravo', mark: 'canaryBravo' },
  ...{ number: 7_733_000, year: 1977 },
};

/** A day of the audit log that both tenants have compared. */
export const COMPARED_DAY = '2026-11-01';

/** The start of the ids that both tenants have. */
export const SHARED = 'shared';
export const SHARED_SOURCE = `${SHARED}-source-${LETTER}`;
const KINDS = Object.keys(ENVELOPES) as (keyof typeof ENVELOPES)[];

/**
 * Events of every type and envelope, twice: once with ids that hold the mark, once with ids that
 * every tenant has. Every text that a sender can choose holds the mark. `series` makes other events
 * about the same things.
 */
export function toCanaryEvents(tenant: CanaryTenant, series = ''): Json[] {
  return [tenant.mark, SHARED].flatMap((ids) => listEvents(tenant, ids, series));
}

/** Items that go into quarantine: an event without an id, and a conflict with an event. */
export function toCanaryItems(tenant: CanaryTenant, series = ''): Json[] {
  const { mark, tenantId } = tenant;
  const [event = {}] = listEvents(tenant, mark, series);
  return [
    { specversion: '1.0', type: `com.qlik.${mark}`, tenantid: tenantId, data: { text: `${mark} ${series}` } },
    { ...event, data: { id: `${mark}-run`, title: `${mark} conflict ${series}` } },
  ];
}

/**
 * Names of the ids in a tenant's events, of ids that every tenant has too. Automations have their
 * names from events, but for one.
 */
export function toCanaryNames({ tenantId, mark }: CanaryTenant): Json[] {
  const ids = {
    USER: ['owner', 'executor', 'user'],
    SPACE: ['space'],
    CONNECTOR: ['connector'],
    ENDPOINT: ['endpoint'],
  };
  const listed = Object.entries(ids).flatMap(([kind, all]) =>
    [mark, SHARED].flatMap((start) => all.map((id) => ({ kind, id: `${start}-${id}`, start }))),
  );
  return [...listed, { kind: 'AUTOMATION', id: `${SHARED}-automation`, start: SHARED }].map(
    ({ kind, id, start }) => ({ tenantId, kind, id, name: `${mark} ${kind} ${start} ${LETTER}` }),
  );
}

function listEvents(tenant: CanaryTenant, ids: string, series: string): Json[] {
  const { mark, tenantId } = tenant;
  let count = 0;
  const at = (offset: number) =>
    `${tenant.year}-03-0${1 + offset}T08:00:0${offset}.${tenant.number % 1_000}Z`;
  const number = (offset: number) => tenant.number + offset;
  const event = (type: string, data: Json, resourceId: string): Json => {
    count += 1;
    const parts: EventParts = {
      id: `${ids}-event-${count}${series}`,
      source: `${ids}-source-${LETTER}`,
      type,
      time: at(count % 9),
      tenantId,
      userId: `${mark}-user`,
      ownerId: `${mark}-owner`,
      spaceId: `${mark}-space`,
      resourceId,
      data,
    };
    // An event in another envelope for each set of ids.
    const kind = KINDS[(count + (ids === SHARED ? 1 : 0)) % KINDS.length] ?? 'HYBRID';
    const sent = ENVELOPES[kind](parts);
    const content = `application/json; mark=${mark}`;
    return {
      ...sent,
      eventTypeVersion: `${mark} version`,
      ...('datacontenttype' in sent && { datacontenttype: content }),
      ...('contentType' in sent && { contentType: content }),
      ...('specversion' in sent && { specversion: `1.0 ${mark}` }),
    };
  };
  const block = (ordinal: number): Json => ({
    type: ordinal === 0 ? `${mark} block type` : 'endpointBlock',
    blockName: `${mark} block ${LETTER}`,
    params: [{ [`${mark} key`]: `${mark} param` }],
    rxBytes: number(ordinal),
    txBytes: number(ordinal + 1),
    apiCalls: number(ordinal + 2),
    duration: number(ordinal + 3),
    snippetId: `${ids}-snippet`,
    endpointId: `${ids}-endpoint`,
    connectorId: `${ids}-connector`,
  });
  const run = (name: string, status: string, context: string): Json => ({
    id: `${ids}-${name}`,
    automation: { id: `${ids}-automation`, name: `${mark} automation ${LETTER}` },
    title: `${mark} title ${LETTER}`,
    status,
    context,
    billable: true,
    isTestRun: false,
    isArchived: false,
    executedById: `${mark}-executor`,
    ownerId: `${mark}-owner`,
    spaceId: `${mark}-space`,
    createdAt: at(0),
    scheduledStartTime: at(1),
    startTime: at(2),
    stopTime: at(3),
    updatedAt: at(4),
    totalApiCalls: number(1),
    network: { rxBytes: number(2), txBytes: number(3) },
    blocks: [block(0), block(1)],
    metrics: {
      totalApiCalls: number(4),
      network: { rxBytes: number(5), txBytes: number(6) },
      blocks: [block(0)],
    },
  });
  const app = (name: string): Json => ({
    attributes: {
      id: `${ids}-${name}`,
      name: `${mark} ${name} ${LETTER}`,
      description: `${mark} description`,
      owner: `${mark} owner`,
      ownerId: `${mark}-owner`,
      dynamicColor: `${mark} colour`,
      published: true,
      publishTime: at(1),
      hasSectionAccess: true,
      originAppId: `${ids}-origin`,
      createdDate: at(2),
      modifiedDate: at(3),
      lastReloadTime: at(4),
      [`${mark} attribute`]: `${mark} value`,
    },
    size: { file: number(7), memory: number(8) },
  });
  const reload = (name: string, status: string): Json => ({
    appId: `${ids}-app`,
    name: `${mark} app ${LETTER}`,
    reloadId: `${ids}-${name}`,
    status,
    endTime: at(5),
    duration: number(9),
    peakMemoryBytes: number(10),
    size: { file: number(7), memory: number(8) },
    errors: [`${mark} error`],
    warnings: [{ text: `${mark} warning` }],
    statements: [`${mark} statement`],
  });
  const automation = `${ids}-automation`;
  const appId = `${ids}-app`;
  return [
    event('automation.run.ended', run('run', 'failed', 'editor'), automation),
    event('automation.run.ended', run('run-2', `${mark} status`, `${mark} context`), automation),
    event('app.created', app('origin'), `${ids}-origin`),
    event('app.created', app('app'), appId),
    event('app.data.updated', app('app'), appId),
    event('app.exported', app('app'), appId),
    event('app.published', app('app'), appId),
    event('app.reload.finished', reload('reload', 'succeeded'), appId),
    event('app.reload.finished', reload('reload-2', `${mark} status`), appId),
    event('app.deleted', app('gone'), `${ids}-gone`),
    event(`${mark}.happened.${LETTER}`, { text: `${mark} text` }, `${ids}-resource`),
  ];
}
