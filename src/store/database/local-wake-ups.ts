import type { WakeUpListener, WakeUps } from './database.ts';

/**
 * Wake-ups within this process, over no connection: for the embedded database, whose only process it is, and for databases and poolers
 * that know no LISTEN. Other processes find out when they look at the heads.
 */
export function openLocalWakeUps(): WakeUps {
  const listeners = new Set<WakeUpListener>();
  return {
    onWake: (listener) => void listeners.add(listener),
    send(tenantId) {
      for (const listener of listeners) listener([tenantId]);
    },
  };
}
