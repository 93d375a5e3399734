import type { Sections } from '../../node/reports/view.js'
import type { Drafts, Left } from '../drafts/drafts.js'

/** The sections in the order they are read and signed. */
export const sectionNames = ['indication', 'technique', 'results', 'conclusion'] as const
export type SectionName = (typeof sectionNames)[number]

export const sameSections = (a: Sections, b: Sections): boolean =>
  sectionNames.every(name => a[name] === b[name])

/** As the node counts them: ⟨…⟩, {{…}} and […], while a number in brackets is a reference. */
export const OPEN_FIELD = /⟨[^⟩\n]*⟩|\{\{[^}\n]*\}\}|\[(?!\s*\d+\s*\])[^\]\n]{0,80}\]/g

/** As the node takes them: a section in UTF-16 units. */
export const SECTION_MAX_CHARS = 20_000

export const isTooLong = (text: string): boolean => text.length > SECTION_MAX_CHARS

/** Fields a template left open, with the section each stands in: the node signs none. */
export function openFields(sections: Sections): { section: SectionName; text: string; at: number }[] {
  return sectionNames.flatMap(section =>
    [...sections[section].matchAll(OPEN_FIELD)].map(found => ({
      section,
      text: found[0],
      at: found.index,
    })),
  )
}

/** A draft as it is kept on this machine against a crash of the page. */
export interface LocalCopy {
  sections: Sections
  /** Revision of the node it grew from. */
  revision: number
  /** What went to the node without an answer: found there under another revision, it is this machine's own text. */
  sent?: Sections[]
}

/** The copies of reports among a person's drafts. */
export function localCopies(drafts: Drafts) {
  const nameOf = (report: string) => `relais.report.${report}`
  const isWhole = (copy: LocalCopy | undefined) =>
    sectionNames.every(name => typeof copy?.sections[name] === 'string')
  return {
    read(report: string): LocalCopy | undefined {
      const copy = drafts.read<LocalCopy>(nameOf(report))
      return isWhole(copy) ? copy : undefined
    },
    look: drafts.look,
    /** What windows that are gone left besides, but for what these texts say already. */
    left(report: string, known: readonly Sections[]): Left<LocalCopy>[] {
      const all = drafts.left<LocalCopy>(nameOf(report))
      const told = all.filter(
        ({ value }) => isWhole(value) && !known.some(text => sameSections(text, value.sections)),
      )
      for (const one of all) if (!told.includes(one)) one.forget()
      return told
    },
    write(report: string, copy: LocalCopy): void {
      drafts.write(nameOf(report), copy)
    },
    forget(report: string): void {
      drafts.forget(nameOf(report))
    },
  }
}
