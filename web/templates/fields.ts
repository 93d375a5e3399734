import type { TemplateContent, TemplateView } from '../../node/reports/view.js'

/** What the form of a template holds, as it is typed. */
export interface TemplateFields {
  title: string
  /** Words with commas between, as are the regions. */
  modalities: string
  regions: string
  sections: NonNullable<TemplateContent['sections']>
  shortcut: string
  text: string
}

/** Of a new report; a text block leaves them aside. */
const FRESH = { indication: '{{question}}', technique: '', results: '', conclusion: '' }

/** The fields of a text; without one, those of a form that was just opened. */
export function fieldsOf(content?: TemplateContent): TemplateFields {
  return {
    title: content?.title ?? '',
    modalities: content?.modalities.join(', ') ?? '',
    regions: content?.regions.join(', ') ?? '',
    sections: content?.sections ?? FRESH,
    shortcut: content?.shortcut ?? '',
    text: content?.text ?? '',
  }
}

const listOf = (text: string) =>
  text
    .split(',')
    .map(word => word.trim())
    .filter(Boolean)

const ordered = ({ indication, technique, results, conclusion }: TemplateFields['sections']) => ({
  indication,
  technique,
  results,
  conclusion,
})

/** What is sent of them. */
export function contentOf(
  fields: TemplateFields,
  kind: TemplateView['kind'],
  language: TemplateContent['language'],
): TemplateContent {
  return {
    language,
    title: fields.title.trim(),
    modalities: listOf(fields.modalities).map(one => one.toUpperCase()),
    regions: listOf(fields.regions),
    ...(kind === 'report'
      ? { sections: ordered(fields.sections) }
      : { shortcut: fields.shortcut.trim(), text: fields.text.trim() }),
  }
}

/** The same is sent of both: capitals and spaces that are put right on the way count for nothing. */
export function isSame(a: TemplateFields, b: TemplateFields, kind: TemplateView['kind']): boolean {
  return JSON.stringify(contentOf(a, kind, 'fr')) === JSON.stringify(contentOf(b, kind, 'fr'))
}

/**
 * What stands today where `known` stood: itself, the group's own that took its place since, or the delivered one that
 * is back. Undefined once it is gone.
 */
export function standingFor(items: readonly TemplateView[], known: TemplateView): TemplateView | undefined {
  const delivered = known.revision === 0 ? known.id : known.replaces
  return (
    items.find(({ id }) => id === known.id) ??
    (delivered === undefined
      ? undefined
      : (items.find(({ replaces }) => replaces === delivered) ?? items.find(({ id }) => id === delivered)))
  )
}

/** The list as it stands once `former` was saved as `saved`, in its place; undefined: it was taken away. */
export function replaced(
  items: readonly TemplateView[],
  former: TemplateView | undefined,
  saved: TemplateView | undefined,
): TemplateView[] {
  const at = items.findIndex(({ id }) => id === former?.id || id === saved?.id)
  if (at < 0) return saved ? [...items, saved] : [...items]
  return items.toSpliced(at, 1, ...(saved ? [saved] : []))
}
