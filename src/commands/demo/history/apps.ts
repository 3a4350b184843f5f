import type { JsonObject } from '../../../domain/values/json.ts';
import { type EventParts, toCloudEvent, toLegacyEvent } from './envelopes.ts';
import type { Random } from './random.ts';
import type { DemoEvent, Moment } from './runs.ts';
import type { DemoApp, DemoTenant } from './world.ts';

const USUAL_FAILURES = 0.02;

/** What a reload fails with. */
const ERRORS = [
  'Connector reply error: QVX_UNEXPECTED_END_OF_DATA: SQL##f - SqlState: 08001, ErrorCode: 0, ErrorMsg: Could not connect',
  "The following error occurred: Field 'OrderDate' not found, in the statement: LOAD * RESIDENT Orders",
  'Connection aborted (internal error). (DirectAccess-2020)',
  "Table 'Customers' not found",
  'Reload exceeded the memory limit of the app',
  "Cannot open file: 'lib://DataFiles/prices.qvd' System error: filesystem, Opening 'prices.qvd' failed, not found",
];
const WARNINGS = [
  'One or more loops have been detected in the database structure. Loosely coupled tables.',
  'Synthetic key created: $Syn 1 = Region + OrderDate',
];

const toText = (ms: number) => new Date(ms).toISOString();

/** Writes the events of a tenant's apps, in the tenant's dialect. */
export class AppEvents {
  readonly #tenant: DemoTenant;

  constructor(tenant: DemoTenant) {
    this.#tenant = tenant;
  }

  /** Returns the events of a reload that starts or ends at a moment. */
  reload(app: DemoApp, { id, atMs, isEnd = false, progress }: Moment, random: Random): DemoEvent[] {
    const { traits, name } = app;
    const growth = 1 + (traits.growth ?? 0) * progress;
    const isFailed = random.next() < (traits.failureRate ?? USUAL_FAILURES);
    const share = isFailed ? 0.1 + 0.6 * random.next() : 1;
    const durationMs = Math.max(1_000, random.longTail(app.medianMs * growth, 0.25) * share);
    const memory = Math.round(app.memoryBytes * growth * (0.97 + 0.06 * random.next()));
    const endMs = Math.round(isEnd ? atMs : atMs + durationMs);
    const isLegacy = this.#isLegacy(progress);
    const data: JsonObject = {
      appId: app.id,
      name,
      reloadId: id,
      status: isFailed ? 'error' : 'ok',
      // Seconds in the older envelope, milliseconds in the newer one.
      duration: Math.round(isLegacy ? durationMs / 1_000 : durationMs),
      endTime: toText(endMs),
      peakMemoryBytes: Math.round(memory * (1.3 + 0.4 * random.next())),
      size: { memory: isFailed ? null : memory },
      errors: isFailed ? [ERRORS[random.below(ERRORS.length)] ?? ''] : [],
      warnings: random.next() < 0.06 ? [WARNINGS[random.below(WARNINGS.length)] ?? ''] : [],
      statements: [],
    };
    const reload = this.#toEvent(app, 'app.reload.finished', id, endMs + 200, progress, data);
    if (isFailed) return [reload];
    const size = { file: Math.round(memory * 0.31), memory };
    const updated = { id: app.id, name, lastReloadTime: toText(endMs), size };
    return [reload, this.#toEvent(app, 'app.data.updated', id, endMs + 900, progress, updated)];
  }

  /** Returns the event of something else that happened to an app. */
  change(
    app: DemoApp,
    type: 'app.created' | 'app.published' | 'app.exported' | 'app.deleted',
    { id, atMs, progress }: Moment,
  ): DemoEvent {
    const owner = this.#tenant.users.find((user) => user.id === app.ownerId)?.name ?? '';
    const attributes: JsonObject = { id: app.id, name: app.name };
    if (type !== 'app.deleted') Object.assign(attributes, { owner, ownerId: app.ownerId });
    if (type === 'app.created') {
      Object.assign(attributes, { createdDate: toText(atMs), modifiedDate: toText(atMs) });
      Object.assign(attributes, { description: `${app.name} of ${owner}`, hasSectionAccess: false });
    }
    // Newer payloads are flat.
    const data: JsonObject = this.#isLegacy(progress) ? { attributes } : attributes;
    return this.#toEvent(app, type, id, atMs, progress, data);
  }

  #isLegacy(progress: number): boolean {
    const { dialect } = this.#tenant;
    return dialect === 'old types' || (dialect === 'new types from the middle on' && progress < 0.5);
  }

  #toEvent(
    { id: resourceId, ownerId, spaceId }: DemoApp,
    type: string,
    id: string,
    ms: number,
    progress: number,
    data: JsonObject,
  ): DemoEvent {
    const { tenantId } = this.#tenant;
    const parts: EventParts = {
      id: `${id}-${type}`,
      source: 'com.qlik/engine',
      type,
      time: toText(ms),
      tenantId,
      userId: ownerId,
      ownerId,
      spaceId,
      resourceId,
      data,
    };
    if (this.#isLegacy(progress)) return { ms, event: toLegacyEvent(parts) };
    // The name of this type has kept its version.
    const namespace = type === 'app.reload.finished' ? 'com.qlik.v1' : 'com.qlik';
    return { ms, event: toCloudEvent(parts, namespace) };
  }
}
