import type { WakeUpListener, WakeUps } from './database.ts';

/**
 * Opens wake-ups within this process, without a connection. For the embedded database, which
 * has one process, and for databases and poolers without LISTEN. Other processes find new
 * events by polling.
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
