/** Without accents, hyphens and case, as searches here always are. */
export function plain(text: string): string {
  return text
    .normalize('NFD')
    .replace(/[\u0300-\u036f-]/g, '')
    .toLowerCase()
    .trim()
}
