import { describe, expect, it } from 'vitest';
import { appEvent } from '../support/events/events.ts';
import { appIn, readEvent, reloadIn, warningsOf } from './reading.ts';

const TIME = '2026-01-01T00:00:00.000Z';
const APP_TYPES = [
  'app.created',
  'app.deleted',
  'app.data.updated',
  'app.exported',
  'app.published',
  'app.reload.finished',
];

const attributes = {
  id: 'app-1',
  name: 'Sales',
  description: 'All of it',
  owner: 'auth0|1',
  ownerId: 'owner-1',
  spaceId: 'space-1',
  dynamicColor: '#123',
  published: 'TRUE',
  publishTime: '2026-01-02T00:00:00Z',
  hasSectionAccess: false,
  originAppId: 'app-0',
  createdDate: '2026-01-03T00:00:00Z',
  modifiedDate: '2026-01-04T00:00:00Z',
  lastReloadTime: '2026-01-05T00:00:00Z',
  size: { file: '10', memory: 20 },
};

describe('an app', () => {
  const nested = appEvent('tenant-1', 'app.created', { attributes });
  const flat = appEvent('tenant-1', 'app.created', attributes);

  it('is read alike from nested attributes and from flat data', () => {
    expect(appIn(flat)).toEqual(appIn(nested));
    expect(appIn(flat)).toMatchObject({
      name: 'Sales',
      owner: 'auth0|1',
      ownerId: 'owner-1',
      spaceId: 'space-1',
      published: true,
      hasSectionAccess: false,
      publishTime: '2026-01-02T00:00:00.000Z',
      createdDate: '2026-01-03T00:00:00.000Z',
      modifiedDate: '2026-01-04T00:00:00.000Z',
      lastReloadTime: '2026-01-05T00:00:00.000Z',
      fileBytes: 10,
      memoryBytes: 20,
      extraAttributes: new Map(),
    });
    expect([...warningsOf(nested), ...warningsOf(flat)]).toEqual([]);
  });

  it('is read field by field where attributes and data both say something', () => {
    const data = {
      attributes: { id: 'app-1', name: 'Nested', owner: '' },
      name: 'Flat',
      owner: 'o',
      size: { file: 1 },
    };
    expect(appIn(appEvent('tenant-1', 'app.created', data))).toMatchObject({
      name: 'Nested',
      owner: 'o',
      fileBytes: 1,
    });
  });

  it('is flat, with a warning, where attributes is no object', () => {
    const raw = appEvent('tenant-1', 'app.created', { id: 'app-1', attributes: 'none', name: 'Flat' });
    expect(appIn(raw).name).toBe('Flat');
    expect(warningsOf(raw)).toEqual(['UNREADABLE_VALUE /data/attributes']);
  });

  it('belongs to the owner and the space of the envelope where its data names none', () => {
    const raw = appEvent(
      'tenant-1',
      'app.created',
      { id: 'app-1', ownerId: '' },
      {
        extensions: { ownerId: 'owner-2', spaceId: 'space-2' },
      },
    );
    expect(appIn(raw)).toMatchObject({ ownerId: 'owner-2', spaceId: 'space-2' });
  });

  it('warns with the path of what is unreadable', () => {
    const data = {
      id: 'app-1',
      name: 5,
      published: 'perhaps',
      createdDate: '2026',
      size: { file: -1, memory: 'big' },
    };
    const paths = ['name', 'published', 'createdDate', 'size/file', 'size/memory'];
    expect(warningsOf(appEvent('tenant-1', 'app.created', data)).sort()).toEqual(
      paths.map((path) => `UNREADABLE_VALUE /data/${path}`).sort(),
    );
    expect(warningsOf(appEvent('tenant-1', 'app.created', { attributes: data })).sort()).toEqual(
      paths.map((path) => `UNREADABLE_VALUE /data/attributes/${path}`).sort(),
    );
  });

  it.each(['3000', 3000, '3000.0'])('may report its size in memory as %j', (memory) => {
    const raw = appEvent(
      'tenant-1',
      'app.data.updated',
      { size: { memory } },
      { extensions: { topLevelResourceId: 'app-1' } },
    );
    expect(appIn(raw)).toMatchObject({ memoryBytes: 3000, fileBytes: undefined });
    expect(warningsOf(raw)).toEqual([]);
  });
});

describe('the id of an app', () => {
  const idOf = (data: Record<string, unknown>, type = 'app.created') => {
    const extensions = { topLevelResourceId: 'resource' };
    return readEvent(appEvent('tenant-1', type, data, { extensions })).facts.app?.appId;
  };

  it.each(APP_TYPES)(
    'of %s is in the attributes, else data.id, else data.appId, else the resource',
    (type) => {
      expect(idOf({ attributes: { id: 'nested' }, id: 'flat', appId: 'app' }, type)).toBe('nested');
      expect(idOf({ attributes: { id: '' }, id: 'flat', appId: 'app' }, type)).toBe('flat');
      expect(idOf({ id: null, appId: 'app' }, type)).toBe('app');
      expect(idOf({ id: 5, appId: 'x'.repeat(257) }, type)).toBe('resource');
    },
  );

  it('that differs from the resource leaves a warning', () => {
    const raw = (data: Record<string, unknown>) =>
      appEvent('tenant-1', 'app.created', data, { extensions: { topLevelResourceId: 'resource' } });
    expect(warningsOf(raw({ attributes: { id: 'nested' } }))).toEqual(['RESOURCE_MISMATCH /data']);
    expect(warningsOf(raw({ id: 'resource' }))).toEqual([]);
    expect(warningsOf(raw({}))).toEqual([]);
  });

  it('may be missing: then the event tells of no app, a reload still of a reload', () => {
    for (const type of APP_TYPES) {
      expect(readEvent(appEvent('tenant-1', type, { name: 'Nameless' })).facts.app).toBeUndefined();
    }
    expect(reloadIn(appEvent('tenant-1', 'app.reload.finished', { name: 'Nameless' })).appName).toBe(
      'Nameless',
    );
  });
});

describe('what the type of an event says of its app', () => {
  const told = {
    lastExportedAt: undefined,
    publishedEventAt: undefined,
    deletedAt: undefined,
    createdEventAt: undefined,
  };

  it.each([
    ['app.created', { createdEventAt: TIME }],
    ['app.deleted', { deletedAt: TIME }],
    ['app.softdeleted', { deletedAt: TIME }],
    ['app.harddeleted', { deletedAt: TIME }],
    ['app.exported', { lastExportedAt: TIME }],
    ['app.published', { publishedEventAt: TIME }],
    ['app.data.updated', {}],
    ['app.reload.finished', {}],
  ])('%s', (type, facts) => {
    expect(appIn(appEvent('tenant-1', type, { id: 'app-1' }))).toMatchObject({
      ...told,
      ...facts,
      lastEventAt: TIME,
    });
  });
});

describe('the extra attributes of an app', () => {
  const extraOf = (data: unknown) =>
    Object.fromEntries(
      appIn(appEvent('tenant-1', 'app.created', data as Record<string, unknown>)).extraAttributes,
    );

  it('are those without a field of their own, nested or flat, as they are', () => {
    const extra = { usage: 'ANALYTICS', encrypted: true, custom: { a: [null, ''] }, count: 0 };
    expect(extraOf({ attributes: { ...attributes, ...extra } })).toEqual(extra);
    expect(extraOf({ ...attributes, appId: 'app-1', ...extra })).toEqual(extra);
    expect(extraOf(attributes)).toEqual({});
  });

  it('leave out what says nothing', () => {
    expect(extraOf({ id: 'app-1', a: null, b: '', c: 0, d: false })).toEqual({ c: 0, d: false });
  });

  it('may have any name, that of the prototype included', () => {
    const data = JSON.parse('{"id": "app-1", "__proto__": {"x": 1}, "constructor": 1, "a/b": 2, "": 3}');
    const names = [...appIn(appEvent('tenant-1', 'app.created', data)).extraAttributes.keys()];
    expect(names).toEqual(['', '__proto__', 'a/b', 'constructor']);
    expect(Object.hasOwn(extraOf(data), '__proto__')).toBe(true);
  });

  it('leave out a number beyond all doubles, which the log keeps as null', () => {
    expect(extraOf(JSON.parse('{"id": "app-1", "a": 1e999, "b": 1}'))).toEqual({ b: 1 });
  });

  it('are not told by a reload', () => {
    const raw = appEvent('tenant-1', 'app.reload.finished', { id: 'app-1', custom: 1, reloadId: 'r' });
    expect(appIn(raw).extraAttributes.size).toBe(0);
  });
});
