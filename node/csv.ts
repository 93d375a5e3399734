/** A cell by RFC 4180; what a spreadsheet would take for a formula is text. */
function cell(value: string | number | undefined, separator: string): string {
  const text = typeof value === 'number' ? String(value) : (value ?? '').replace(/^(?=[=+\-@\t\r])/, "'")
  return text.includes(separator) || /["\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

export function csvLine(cells: readonly (string | number | undefined)[], separator: ',' | ';' = ','): string {
  return `${cells.map(value => cell(value, separator)).join(separator)}\r\n`
}

/** Told by it, spreadsheets read UTF-8 as what it is. */
export const BYTE_ORDER_MARK = '\ufeff'
