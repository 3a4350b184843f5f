/** Set by a link that leads to the first row of a list. */
let isRequested = false;

/** The next list that has rows puts the focus on its first row. */
export function requestRowFocus(): void {
  isRequested = true;
}

/** Puts the focus on the first row, if a link has asked for it. */
export function takeRowFocus(host: HTMLElement | null): void {
  const link = isRequested ? host?.querySelector('a') : undefined;
  if (!link) return;
  isRequested = false;
  link.focus();
}

/** Moves the focus to the row above or below, by the arrow keys. */
export function moveRowFocus(event: KeyboardEvent): void {
  const row = event.target instanceof Element ? event.target.closest('[role=row]') : null;
  const index = Number(row?.getAttribute('aria-rowindex'));
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  const next = row?.parentElement?.querySelector<HTMLElement>(`[aria-rowindex="${index + step}"] a`);
  if (step === 0 || !next) return;
  event.preventDefault();
  next.focus();
}
