import type { ComponentChildren } from 'preact';
import type { ApiError } from '../data/api-error.ts';
import { isTemporary } from '../data/api-error.ts';

/** Grey shapes while a view reads its data: those of figures and a chart, or of rows. */
export function Loading({ rows = 6, isChart = false }: { rows?: number; isChart?: boolean }) {
  return (
    <div class="loading" role="status" aria-label="Loading">
      {isChart && <div class="bone tall" />}
      {isChart && <div class="bone chart-bone" />}
      {Array.from({ length: rows }, (_, index) => (
        <div class="bone" key={index} />
      ))}
    </div>
  );
}

/** A view, or a part of it, without rows. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="notice" data-testid="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** An error of the API with its code. */
export function Failure({ error, onRetry }: { error: ApiError; onRetry?: () => void }) {
  return (
    <div class="notice failure" role="alert" data-testid="error" data-code={error.code}>
      <h2>{error.code === 'NETWORK' ? 'The server cannot be reached' : 'The API refused the query'}</h2>
      <p>
        {error.code === 'NETWORK' ? 'The page repeats the query until the server answers.' : error.message}
      </p>
      <p>
        <code>{error.code}</code>
        {isTemporary(error) && <span class="muted"> – repeated by itself</span>}
      </p>
      {onRetry && (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}
