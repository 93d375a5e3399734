/** After the problems are drawn: the first of them has the focus, in the middle of the page. */
export function goToFirstGap(page: HTMLElement | null): void {
  requestAnimationFrame(() => {
    const at = page?.querySelector<HTMLElement>(
      '[data-invalid] input, [data-invalid] textarea, [data-invalid] button',
    )
    at?.focus()
    at?.scrollIntoView({ block: 'center' })
  })
}
