import { describe, expect, it } from 'vitest';
import { errorsOf, readEvent, warningsOf } from '../reading.ts';

const TYPE = 'com.qlik.v1.app.opened';
const TIME = '2026-01-01T00:00:00Z';

const cloudEvent = {
  specversion: '1.0.2',
  id: 'event-1',
  source: 'com.qlik/engine',
  type: TYPE,
  time: TIME,
  datacontenttype: 'application/json',
  tenantid: 'tenant-1',
  userid: 'user-1',
  ownerid: 'owner-1',
  spaceid: 'space-1',
  toplevelresourceid: 'app-1',
};
const extensions = {
  tenantId: 'tenant-1',
  userId: 'user-1',
  ownerId: 'owner-1',
  spaceId: 'space-1',
  topLevelResourceId: 'app-1',
};
const legacy = {
  cloudEventsVersion: '0.1',
  eventId: 'event-1',
  source: 'com.qlik/engine',
  eventType: TYPE,
  eventTime: TIME,
  eventTypeVersion: '1.0.0',
  contentType: 'application/json',
  extensions,
};
const audit = {
  id: 'audit-item-1',
  eventId: 'event-1',
  source: 'com.qlik/engine',
  eventType: TYPE,
  eventTime: TIME,
  eventTypeVersion: '1.0.0',
  contentType: 'application/json',
  tenantId: 'tenant-1',
  userId: 'user-1',
  extensions: { ownerId: 'owner-1', spaceId: 'space-1', topLevelResourceId: 'app-1' },
};

const SAME = {
  eventId: 'event-1',
  source: 'com.qlik/engine',
  typeName: TYPE,
  typeKey: 'app.opened',
  time: '2026-01-01T00:00:00.000Z',
  contentType: 'application/json',
  tenantId: 'tenant-1',
  userId: 'user-1',
  ownerId: 'owner-1',
  spaceId: 'space-1',
  topLevelResourceId: 'app-1',
  warnings: [],
};

describe('an event', () => {
  it.each([
    ['CLOUDEVENTS_1_0', cloudEvent, '1.0.2', undefined],
    ['LEGACY_0_1', legacy, '0.1', '1.0.0'],
    ['HYBRID', { ...legacy, ...cloudEvent }, '1.0.2', '1.0.0'],
    ['AUDIT', audit, undefined, '1.0.0'],
  ])('says the same in the envelope %s', (envelope, raw, specVersion, eventTypeVersion) => {
    expect(readEvent(raw)).toMatchObject({ ...SAME, envelope, specVersion, eventTypeVersion });
  });
});

describe('a CloudEvent', () => {
  const { specversion: _specversion, ...bare } = cloudEvent;
  const expected = { ...SAME, envelope: 'CLOUDEVENTS_1_0', specVersion: undefined };

  it.each([[undefined], [null], ['']])('may have the specversion %j', (specversion) => {
    expect(readEvent({ ...bare, specversion })).toMatchObject(expected);
  });

  it('without specversion may have legacy keys without a value', () => {
    expect(readEvent({ ...bare, eventId: null, eventType: '', eventID: '' })).toMatchObject(expected);
  });

  it('without specversion may have other keys of the other envelopes', () => {
    expect(readEvent({ ...bare, tenantId: 'tenant-2', extensions: {} })).toMatchObject(expected);
    expect(readEvent({ ...bare, eventTime: '2020-01-01T00:00:00Z' })).toMatchObject(expected);
  });

  it('with an unreadable specversion has a warning', () => {
    expect(readEvent({ ...bare, specversion: 1 })).toMatchObject({ envelope: 'CLOUDEVENTS_1_0' });
    expect(warningsOf({ ...bare, specversion: 1 })).toEqual(['UNREADABLE_VALUE /specversion']);
  });

  it('without specversion is a hybrid beside cloudEventsVersion, so that its tenant is found in both places', () => {
    const { tenantid: _tenantid, ...withoutTenant } = bare;
    expect(readEvent({ ...bare, cloudEventsVersion: '0.1' })).toMatchObject({ ...SAME, envelope: 'HYBRID' });
    const raw = { ...withoutTenant, cloudEventsVersion: '0.1', extensions };
    expect(readEvent(raw)).toMatchObject({ tenantId: 'tenant-1', envelope: 'HYBRID' });
  });

  it.each(['eventId', 'eventID', 'eventType'])('without specversion is none beside %s', (key) => {
    const raw = { ...bare, ...audit, [key]: audit[key === 'eventType' ? 'eventType' : 'eventId'] };
    expect(readEvent(raw)).toMatchObject({ ...SAME, envelope: 'AUDIT' });
  });

  it('without specversion needs both id and type', () => {
    const { id: _id, ...withoutId } = bare;
    const { type: _type, ...withoutType } = bare;
    expect(errorsOf(withoutId)).toContain('MISSING_ID /eventId');
    expect(errorsOf({ ...bare, id: '' })).toContain('MISSING_ID /eventId');
    expect(errorsOf(withoutType)).toContain('MISSING_TYPE /eventType');
    expect(errorsOf({})).toEqual([
      'MISSING_ID /eventId',
      'MISSING_TYPE /eventType',
      'MISSING_TENANT /extensions/tenantId',
    ]);
  });
});

describe('a hybrid', () => {
  it.each(['eventId', 'eventID', 'eventType', 'cloudEventsVersion'])(
    'is told by specversion with %s',
    (key) => {
      expect(readEvent({ ...cloudEvent, [key]: 'legacy' })).toMatchObject({ ...SAME, envelope: 'HYBRID' });
    },
  );

  it('is told before an audit copy', () => {
    expect(readEvent({ ...audit, ...cloudEvent }).envelope).toBe('HYBRID');
  });

  it('takes the CloudEvents keys where both sets have a value', () => {
    const other = {
      cloudEventsVersion: '0.1',
      eventId: 'event-2',
      eventType: 'com.qlik.v1.app.created',
      eventTime: '2020-01-01T00:00:00Z',
      contentType: 'text/plain',
      extensions: {
        tenantId: 'tenant-2',
        userId: 'user-2',
        ownerId: 'owner-2',
        spaceId: 'space-2',
        topLevelResourceId: 'app-2',
      },
    };
    expect(readEvent({ ...other, ...cloudEvent })).toMatchObject({ ...SAME, specVersion: '1.0.2' });
  });

  it.each([[undefined], [null], ['']])('takes the legacy keys where the CloudEvents ones hold %j', (none) => {
    const empty = Object.fromEntries(Object.keys(cloudEvent).map((key) => [key, none]));
    const raw = { ...legacy, ...empty, source: 'com.qlik/engine', specversion: '1.0' };
    expect(readEvent(raw)).toMatchObject({ ...SAME, envelope: 'HYBRID', specVersion: '1.0' });
  });

  it('takes eventID where neither id nor eventId is there', () => {
    const { id: _id, ...withoutId } = cloudEvent;
    expect(readEvent({ ...withoutId, eventID: 'event-1' })).toMatchObject({ ...SAME, envelope: 'HYBRID' });
  });
});

describe('a legacy event', () => {
  const { eventId: _eventId, contentType: _contentType, ...rest } = legacy;

  it('may spell eventID and contenttype so', () => {
    const raw = { ...rest, eventID: 'event-1', contenttype: 'application/json' };
    expect(readEvent(raw)).toMatchObject({ ...SAME, envelope: 'LEGACY_0_1' });
    expect(readEvent({ ...raw, eventId: 'event-0' }).eventId).toBe('event-0');
  });

  it('is what has neither specversion nor a top-level tenant, also without cloudEventsVersion', () => {
    const { cloudEventsVersion: _version, ...bare } = legacy;
    expect(readEvent(bare)).toMatchObject({ ...SAME, envelope: 'LEGACY_0_1', specVersion: undefined });
    expect(readEvent({ ...legacy, tenantId: '', specversion: null }).envelope).toBe('LEGACY_0_1');
  });

  it('does not take its id from the key that names the item of an audit log', () => {
    expect(readEvent({ ...legacy, id: 'audit-item-1' }).eventId).toBe('event-1');
  });
});

describe('an audit copy', () => {
  it('takes the user from the extensions where the top level has none', () => {
    const { userId: _userId, ...rest } = audit;
    expect(readEvent({ ...rest, extensions: { ...rest.extensions, userId: 'user-2' } }).userId).toBe(
      'user-2',
    );
  });

  it('has no spec version even if it carries one', () => {
    expect(readEvent({ ...audit, cloudEventsVersion: '0.1' })).toMatchObject({
      envelope: 'AUDIT',
      specVersion: undefined,
    });
  });
});

describe('what the envelope says', () => {
  it('is left out with a warning where it cannot be read', () => {
    const raw = {
      ...cloudEvent,
      userid: 7,
      ownerid: 'x'.repeat(257),
      spaceid: 'a\u0000',
      datacontenttype: {},
    };
    expect(readEvent(raw)).toMatchObject({
      userId: undefined,
      ownerId: undefined,
      spaceId: undefined,
      contentType: undefined,
      topLevelResourceId: 'app-1',
    });
    expect(warningsOf(raw).sort()).toEqual([
      'UNREADABLE_VALUE /datacontenttype',
      'UNREADABLE_VALUE /ownerid',
      'UNREADABLE_VALUE /spaceid',
      'UNREADABLE_VALUE /userid',
    ]);
    expect(warningsOf({ ...legacy, extensions: { ...extensions, userId: [] } })).toEqual([
      'UNREADABLE_VALUE /extensions/userId',
    ]);
  });

  it.each([[undefined], [null], ['']])('is none, without a warning, where it holds %j', (none) => {
    const raw = { ...cloudEvent, userid: none, ownerid: none, spaceid: none, datacontenttype: none };
    expect(readEvent(raw)).toMatchObject({
      userId: undefined,
      ownerId: undefined,
      contentType: undefined,
      warnings: [],
    });
  });
});
