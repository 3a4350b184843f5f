import { setParams, usePlace } from '../../routing/place.ts';

/** A column of a list. With `order`, its head orders the list by that field of the API. */
export interface Column {
  label: string;
  order?: string;
  /** Right-aligned numbers. */
  isNumber?: boolean;
}

export type Direction = 'ASC' | 'DESC';

/** The order of a list, in the address as `order=FIELD` or `order=FIELD.ASC`. */
export interface ListOrder {
  field: string;
  direction: Direction;
}

/** Returns the order of the address; without one, or with an unknown field, the default. */
export function useOrder(columns: readonly Column[], fallback: ListOrder): ListOrder {
  const [field = '', direction] = (usePlace().params.get('order') ?? '').split('.');
  if (!columns.some(({ order }) => order === field)) return fallback;
  return { field, direction: direction === 'ASC' ? 'ASC' : 'DESC' };
}

/** The heads of the columns. */
export function ColumnHeads({
  columns,
  order,
  fallback,
}: {
  columns: readonly Column[];
  order: ListOrder;
  fallback: ListOrder;
}) {
  const sort = (field: string) => {
    const direction = order.field === field && order.direction === 'DESC' ? 'ASC' : 'DESC';
    const isDefault = field === fallback.field && direction === fallback.direction;
    setParams({ order: isDefault ? null : `${field}${direction === 'ASC' ? '.ASC' : ''}` });
  };
  return (
    <div role="rowgroup" class="heads">
      <div role="row" aria-rowindex={1} class="cells">
        {columns.map(({ label, order: field, isNumber }) => {
          const isOrder = field !== undefined && field === order.field;
          return (
            <div
              key={label}
              role="columnheader"
              class={isNumber ? 'number' : ''}
              aria-sort={isOrder ? (order.direction === 'ASC' ? 'ascending' : 'descending') : undefined}
            >
              {field === undefined ? (
                label
              ) : (
                <button type="button" data-testid={`order-${field}`} onClick={() => sort(field)}>
                  {label}
                  <span aria-hidden="true">{isOrder ? (order.direction === 'ASC' ? ' ↑' : ' ↓') : ''}</span>
                </button>
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}
