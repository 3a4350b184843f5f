import type { LogEntry } from '../store/read/log.ts';
import { LogWindow } from './log-window.ts';

/** The most windows in memory, of the tenants that were read last. */
const MAX_WINDOWS = 64;

/** Pages of logs. One read serves all streams that ask for the same page at the same time. */
export interface LogPages {
  /** Returns the page after a position, from the tenant's window or the database. */
  read(tenantId: string, after: number): Promise<LogEntry[]> | LogEntry[];
  /** Extends the tenant's window, if there is one, up to a head. */
  readUpTo(tenantId: string, head: number): Promise<void>;
  /** Extends the tenant's window to the log's end; returns the end, if there is a window. */
  readToEnd(tenantId: string): Promise<number | undefined>;
  /**
   * Returns whether the tenant's window ends at the position and has every announced entry. If
   * not, the caller must check the head. After this call the window counts as caught up until
   * `markStale`.
   */
  isCaughtUp(tenantId: string, position: number): boolean;
  /** Drops the tenant's window, so that the next page is read from the database. */
  drop(tenantId: string): void;
  /** Marks the windows of some tenants as lacking announced entries; drops those of all tenants. */
  markStale(tenantIds: readonly string[] | undefined): void;
}

/** Opens the pages of all logs. `readLog` reads up to `pageSize` entries from the database. */
export function openLogPages(
  pageSize: number,
  readLog: (tenantId: string, after: number) => Promise<LogEntry[]>,
): LogPages {
  /** In the order of use: the first is the least recently used. */
  const windows = new Map<string, LogWindow>();
  const pendingReads = new Map<string, Promise<LogEntry[]>>();
  /** A new window is not caught up: a wake-up may have preceded it. */
  const caughtUp = new WeakSet<LogWindow>();

  const startRead = (tenantId: string, after: number) => {
    const key = toKey(tenantId, after);
    const page = readLog(tenantId, after);
    pendingReads.set(key, page);
    const settle = () => void (pendingReads.get(key) === page && pendingReads.delete(key));
    page.then(settle, settle);
    return page;
  };
  const readShared = (tenantId: string, after: number) =>
    pendingReads.get(toKey(tenantId, after)) ?? startRead(tenantId, after);
  const useWindow = (tenantId: string) => {
    const window = windows.get(tenantId);
    if (window === undefined) return undefined;
    windows.delete(tenantId);
    windows.set(tenantId, window);
    return window;
  };
  const addWindow = (tenantId: string, window: LogWindow) => {
    windows.set(tenantId, window);
    const oldest = windows.keys().next().value;
    if (windows.size > MAX_WINDOWS && oldest !== undefined) windows.delete(oldest);
  };

  return {
    read(tenantId, after) {
      const window = useWindow(tenantId);
      const entries = window?.read(after, pageSize);
      if (window !== undefined && entries !== undefined && (entries.length > 0 || caughtUp.has(window)))
        return entries;
      return readShared(tenantId, after).then((page) => {
        if (after === window?.end) window.append(page);
        // An empty page is the head of the log: a window starts there.
        if (page.length === 0 && after > (windows.get(tenantId)?.end ?? -1))
          addWindow(tenantId, new LogWindow(after));
        return page;
      });
    },
    async readUpTo(tenantId, head) {
      const window = windows.get(tenantId);
      while (window !== undefined && window.end < head) {
        const page = await readShared(tenantId, window.end);
        if (page.length === 0) return;
        window.append(page);
      }
    },
    async readToEnd(tenantId) {
      const window = windows.get(tenantId);
      if (window === undefined) return undefined;
      let page: LogEntry[];
      do {
        // A pending read is not shared here: it may have started before the log grew.
        page = await startRead(tenantId, window.end);
        window.append(page);
      } while (page.length === pageSize);
      return window.end;
    },
    isCaughtUp(tenantId, position) {
      const window = windows.get(tenantId);
      if (window === undefined || window.end !== position) return false;
      const wasCaughtUp = caughtUp.has(window);
      caughtUp.add(window);
      return wasCaughtUp;
    },
    drop(tenantId) {
      windows.delete(tenantId);
      // A read that is pending may have started before the database lost entries.
      for (const key of pendingReads.keys()) if (key.endsWith(`:${tenantId}`)) pendingReads.delete(key);
    },
    markStale(tenantIds) {
      // The connection was lost, perhaps to a server that lacks some entries of the windows.
      if (tenantIds === undefined) windows.clear();
      for (const tenantId of tenantIds ?? []) {
        const window = windows.get(tenantId);
        if (window !== undefined) caughtUp.delete(window);
      }
    },
  };
}

const toKey = (tenantId: string, after: number) => `${after}:${tenantId}`;
