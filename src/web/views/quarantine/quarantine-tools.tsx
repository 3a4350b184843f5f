import { useState } from 'preact/hooks';
import { formatCount } from '../../format/numbers.ts';

interface QuarantineToolsProps {
  selectedCount: number;
  areAllSelected: boolean;
  isBusy: boolean;
  /** Whether the list shows a part of the quarantine. Without a selection, all of it is tried. */
  hasRange: boolean;
  onSelectAll(isSelected: boolean): void;
  onRetry(): void;
  onDiscard(): void;
}

/** What can be done with the items. Discarding is confirmed, because it cannot be undone. */
export function QuarantineTools(props: QuarantineToolsProps) {
  const { selectedCount, areAllSelected, isBusy, hasRange, onSelectAll, onRetry, onDiscard } = props;
  const [isConfirming, setConfirming] = useState(false);
  const isAsking = isConfirming && selectedCount > 0;
  const what = `${formatCount(selectedCount)} ${selectedCount === 1 ? 'item' : 'items'}`;
  return (
    <div class="filters">
      <label>
        <input
          type="checkbox"
          data-testid="select-all"
          checked={areAllSelected}
          onChange={({ currentTarget }) => onSelectAll(currentTarget.checked)}
        />{' '}
        Select all shown
      </label>
      <button type="button" class="primary" data-testid="retry" disabled={isBusy} onClick={onRetry}>
        {selectedCount > 0 ? `Retry ${what}` : hasRange ? 'Retry all of any time' : 'Retry all'}
      </button>
      {!isAsking && (
        <button
          type="button"
          data-testid="discard"
          disabled={isBusy || selectedCount === 0}
          onClick={() => setConfirming(true)}
        >
          {selectedCount === 0 ? 'Discard' : `Discard ${what}`}
        </button>
      )}
      {isAsking && (
        <span class="confirm" role="group" aria-label="Confirm">
          Delete {what} for good?
          <button
            type="button"
            class="danger"
            data-testid="confirm-discard"
            ref={(element) => element?.focus()}
            onClick={() => {
              setConfirming(false);
              onDiscard();
            }}
          >
            Discard
          </button>
          <button type="button" onClick={() => setConfirming(false)}>
            Keep
          </button>
        </span>
      )}
      {selectedCount === 0 && <span class="muted">Select items to discard them.</span>}
    </div>
  );
}
