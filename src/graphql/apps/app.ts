import { isId } from '../../domain/values/text.ts';
import { appOfReload, reloadReader } from '../../store/read/app-reloads.ts';
import { toAppListing } from '../../store/read/apps.ts';
import { appOfEvent, toEventListing } from '../../store/read/events.ts';
import { builder } from '../builder.ts';
import { toChildConnection } from '../connections/child-connection.ts';
import { connectionType, toConnection } from '../connections/connection.ts';
import { PAGE_COST } from '../connections/list-cost.ts';
import { listArgs, pageArgs } from '../connections/page-args.ts';
import { readActingTenant } from '../context.ts';
import { EventConnection } from '../events/event.ts';
import { appInputs, reloadInputs } from '../filters/inputs.ts';
import { toGlobalId } from '../global-id.ts';
import { describeName, findName } from '../names/find-name.ts';
import { NodeRef, registerNode } from '../node.ts';
import { AppRef, AppReloadRef } from './app-ref.ts';
import { AppReloadConnection } from './app-reload.ts';

interface AppSize {
  fileBytes: number | null;
  memoryBytes: number | null;
}

const AppSizeRef = builder.objectRef<AppSize>('AppSize').implement({
  description: 'The size of an app, as last reported.',
  fields: (t) => ({
    fileBytes: t.expose('fileBytes', { type: 'SafeInt', description: 'The size on disk, in bytes.' }),
    memoryBytes: t.expose('memoryBytes', { type: 'SafeInt', description: 'The size in memory, in bytes.' }),
  }),
});

AppRef.implement({
  description: 'An app, merged from all stored events about it.',
  interfaces: [NodeRef],
  fields: (t) => ({
    id: t.id({
      nullable: false,
      description: 'The global id, for `node`.',
      resolve: ({ tenantId, appId }) => toGlobalId('App', tenantId, appId),
    }),
    appId: t.exposeID('appId', { nullable: false, description: "Qlik's id of the app." }),
    name: t.exposeString('name', { description: 'The name of the app.' }),
    description: t.exposeString('description', { description: 'The description of the app.' }),
    owner: t.exposeString('owner', {
      description: 'The owner as reported: the subject at the identity provider, not a name.',
    }),
    ownerId: t.exposeID('ownerId', {
      description: "Qlik's id of the owner, from the attributes, else from the envelope.",
    }),
    ownerName: t.string({
      description: describeName('owner'),
      resolve: ({ tenantId, ownerId }, _args, context) => findName(context, 'USER', tenantId, ownerId),
    }),
    spaceId: t.exposeID('spaceId', {
      description: "Qlik's id of the space, from the data, else from the envelope.",
    }),
    spaceName: t.string({
      description: describeName('space'),
      resolve: ({ tenantId, spaceId }, _args, context) => findName(context, 'SPACE', tenantId, spaceId),
    }),
    dynamicColor: t.exposeString('dynamicColor', {
      description: 'The dynamic color of the app, as reported.',
    }),
    published: t.exposeBoolean('published', {
      description:
        'The attribute as reported. In Qlik Cloud, true means that the app was distributed from client-managed Qlik Sense. Use `isPublished` to see whether the app is published.',
    }),
    isPublished: t.boolean({
      nullable: false,
      description:
        'Whether the app is published: a publish time was reported, or an app.published event is stored.',
      resolve: (app) => app.reportedPublishTime !== null || app.publishedEventAt !== null,
    }),
    publishTime: t.field({
      type: 'DateTime',
      description:
        'When the app was published: the time as reported, else the time of the app.published event. Null if it is not published.',
      resolve: (app) => app.reportedPublishTime ?? app.publishedEventAt,
    }),
    hasSectionAccess: t.exposeBoolean('hasSectionAccess', {
      description: 'Whether the app uses section access.',
    }),
    originAppId: t.exposeID('originAppId', {
      description: "Qlik's id of the app that this one was published from.",
    }),
    originApp: t.field({
      type: AppRef,
      description: 'The app that this one was published from. Null if no event about it is stored.',
      resolve: ({ tenantId, originAppId }, _args, { load }) =>
        originAppId === null ? null : load.app.load({ tenantId, id: originAppId }),
    }),
    createdDate: t.expose('createdDate', { type: 'DateTime', description: 'When the app was created.' }),
    modifiedDate: t.expose('modifiedDate', {
      type: 'DateTime',
      description: 'When the app was last modified.',
    }),
    lastReloadTime: t.expose('lastReloadTime', {
      type: 'DateTime',
      description: 'When the app was last reloaded: the latest time that any event reports.',
    }),
    lastExportedAt: t.expose('lastExportedAt', {
      type: 'DateTime',
      description: 'The time of the latest app.exported event. Null if there is none.',
    }),
    size: t.field({
      type: AppSizeRef,
      description: 'The size, as last reported. Null if no event reported it.',
      resolve: (app) => (app.fileBytes === null && app.memoryBytes === null ? null : app),
    }),
    extraAttributes: t.expose('extraAttributes', {
      type: 'JSON',
      description:
        'Attributes that have no field in this type, including user-defined ones. Null if there are none.',
    }),
    isDeleted: t.boolean({
      nullable: false,
      description: 'Whether the app is deleted: no creation follows its last deletion.',
      resolve: (app) => app.deletedAt !== null,
    }),
    deletedAt: t.expose('deletedAt', {
      type: 'DateTime',
      description: 'When the app was deleted. Null if `isDeleted` is false.',
    }),
    lastEventAt: t.expose('lastEventAt', {
      type: 'DateTime',
      nullable: false,
      description: 'The time of the newest event about this app.',
    }),
    lastReload: t.field({
      type: AppReloadRef,
      description: 'The newest reload by `occurredAt`. Null if no reload is stored.',
      resolve: ({ tenantId, appId }, _args, { load }) => load.lastReload.load({ tenantId, id: appId }),
    }),
    reloads: t.field({
      ...AppReloadConnection.field,
      description: 'The reloads of this app, newest first unless `orderBy` is set.',
      args: listArgs(t.arg, reloadInputs),
      resolve: ({ tenantId, appId: id }, args, context) =>
        toChildConnection(context, { tenantId, id, column: appOfReload }, args, (tenant, childArgs) =>
          reloadReader.toListing('App.reloads', tenant, childArgs),
        ),
    }),
    events: t.field({
      ...EventConnection.field,
      description: 'The events about this app, newest position first.',
      args: pageArgs(t.arg),
      resolve: ({ tenantId, appId: id }, args, context) =>
        toChildConnection(context, { tenantId, id, column: appOfEvent }, args, (tenant) =>
          toEventListing('App.events', tenant),
        ),
    }),
  }),
});

const AppConnection = connectionType('App', AppRef, 'apps', PAGE_COST);

registerNode('App', 's', ({ load }, tenantId, [appId]: [string]) => load.app.load({ tenantId, id: appId }));

builder.queryFields((t) => ({
  app: t.field({
    scope: 'events:read',
    type: AppRef,
    description: 'The app with this Qlik id, including deleted apps. Null if there is none.',
    args: { appId: t.arg.id({ required: true, description: "Qlik's id of the app." }) },
    resolve: async (_root, { appId }, context) => {
      const { tenantId } = await readActingTenant(context);
      return isId(appId) ? context.load.app.load({ tenantId, id: appId }) : null;
    },
  }),
  apps: t.field({
    scope: 'events:read',
    ...AppConnection.field,
    description: 'The apps of the tenant, by name ignoring case unless `orderBy` is set.',
    args: {
      ...listArgs(t.arg, appInputs),
      includeDeleted: t.arg.boolean({
        defaultValue: false,
        description: 'Whether to include deleted apps.',
      }),
    },
    resolve: async (_root, { includeDeleted, ...args }, context) =>
      toConnection(toAppListing(await readActingTenant(context), includeDeleted ?? false, args), args),
  }),
}));
