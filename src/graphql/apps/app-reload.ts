import { toAppReloadListing } from '../../store/read/app-reloads.ts';
import { toEventName } from '../../store/read/events.ts';
import { builder } from '../builder.ts';
import { connectionType, toConnection } from '../connections/connection.ts';
import { listArgs } from '../connections/page-args.ts';
import { requireReader } from '../context.ts';
import { AppReloadFinishedEventRef } from '../events/event-types.ts';
import { AppReloadFilterRef } from '../filters/filters.ts';
import { AppReloadOrderRef } from '../filters/orders.ts';
import { toGlobalId } from '../global-id.ts';
import { NodeRef, registerNode } from '../node.ts';
import { AppRef, AppReloadRef } from './app-ref.ts';
import { AppReloadStatusRef } from './app-reload-status.ts';

AppReloadRef.implement({
  description: 'One engine attempt to reload an app; a reloadId may have several.',
  interfaces: [NodeRef],
  fields: (t) => ({
    id: t.id({
      nullable: false,
      description: 'Global id.',
      resolve: ({ tenantId, reloadKey }) => toGlobalId('AppReload', tenantId, reloadKey),
    }),
    reloadId: t.exposeID('reloadId', {
      description: "Qlik's id of the reload; several attempts may share it.",
    }),
    app: t.field({
      type: AppRef,
      description: 'The app that was reloaded.',
      resolve: ({ tenantId, appId }, _args, { load }) =>
        appId === null ? null : load.app.load({ tenantId, id: appId }),
    }),
    appId: t.exposeID('appId', { description: "Qlik's id of the app." }),
    appName: t.exposeString('appName', { description: "The app's name at the time of the reload." }),
    status: t.field({
      type: AppReloadStatusRef,
      nullable: false,
      description: 'How it ended: `ok` → SUCCEEDED, `error` → FAILED.',
      resolve: (reload) => reload.status,
    }),
    statusName: t.exposeString('statusName', { description: 'How it ended, as sent.' }),
    endTime: t.expose('endTime', { type: 'DateTime', description: 'When it ended, as reported.' }),
    occurredAt: t.expose('occurredAt', {
      type: 'DateTime',
      nullable: false,
      description: "endTime, else the event's time.",
    }),
    duration: t.expose('duration', {
      type: 'SafeInt',
      description: 'The number as reported, in whichever unit.',
    }),
    durationMs: t.expose('durationMs', {
      type: 'SafeInt',
      description:
        'Milliseconds: Qlik documents seconds for the 0.1 event and milliseconds for the 1.0 event.',
    }),
    peakMemoryBytes: t.expose('peakMemoryBytes', { type: 'SafeInt', description: 'Bytes used at most.' }),
    memoryBytes: t.expose('memoryBytes', {
      type: 'SafeInt',
      description: 'Bytes of the app in memory afterwards.',
    }),
    errors: t.field({
      type: ['JSON'],
      nullable: { list: false, items: true },
      description: 'Errors as sent: texts or objects.',
      resolve: (reload) => reload.errors,
    }),
    warnings: t.field({
      type: ['JSON'],
      nullable: { list: false, items: true },
      description: 'Warnings as sent: texts or objects.',
      resolve: (reload) => reload.warnings,
    }),
    statements: t.field({
      type: ['JSON'],
      nullable: { list: false, items: true },
      description: 'A legacy list that Qlik does not use, as sent.',
      resolve: (reload) => reload.statements,
    }),
    event: t.field({
      type: AppReloadFinishedEventRef,
      nullable: false,
      description: 'The newest event that tells of it.',
      resolve: async ({ tenantId, reloadKey, eventKey, eventTypeKey }, _args, { load }) => {
        const id = toEventName(eventKey ?? reloadKey, eventTypeKey);
        const event = await load.namedEvent.load({ tenantId, id });
        if (event === undefined) throw new Error('A reload has no event.');
        return event;
      },
    }),
  }),
});

export const AppReloadConnectionRef = connectionType('AppReload', AppReloadRef, 'app reloads');

registerNode('AppReload', 's', ({ load }, tenantId, [reloadKey]: [string]) =>
  load.reload.load({ tenantId, id: reloadKey }),
);

builder.queryField('appReloads', (t) =>
  t.field({
    type: AppReloadConnectionRef,
    nullable: false,
    description: 'The reloads of all apps, newest first.',
    args: listArgs(t.arg, AppReloadFilterRef, AppReloadOrderRef),
    resolve: async (_root, args, context) =>
      toConnection(context, toAppReloadListing('Query.appReloads', await requireReader(context), args), args),
  }),
);
