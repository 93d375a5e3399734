import type { Sections } from '../../node/reports/view.js'

/** The sections in the order they are read and signed. */
export const sectionNames = ['indication', 'technique', 'results', 'conclusion'] as const
export type SectionName = (typeof sectionNames)[number]

export const sameSections = (a: Sections, b: Sections): boolean =>
  sectionNames.every(name => a[name] === b[name])

/** Fields a template left open, ⟨…⟩, with the section each stands in. */
export function openFields(sections: Sections): { section: SectionName; text: string; at: number }[] {
  return sectionNames.flatMap(section =>
    [...sections[section].matchAll(/⟨([^⟩]*)⟩/g)].map(found => ({
      section,
      text: found[0],
      at: found.index,
    })),
  )
}

/** A draft as it is kept in this tab against a crash of the page. */
export interface LocalCopy {
  sections: Sections
  /** Revision of the node it grew from. */
  revision: number
}

const keyOf = (report: string) => `relais.report.${report}`

export const localCopy = {
  read(report: string): LocalCopy | undefined {
    const text = sessionStorage.getItem(keyOf(report))
    if (text === null) return undefined
    try {
      const copy = JSON.parse(text) as LocalCopy
      return sectionNames.every(name => typeof copy.sections[name] === 'string') ? copy : undefined
    } catch {
      // Cut off while it was written: the node's text is the newer one then.
      return undefined
    }
  },
  write(report: string, copy: LocalCopy): void {
    sessionStorage.setItem(keyOf(report), JSON.stringify(copy))
  },
  forget(report: string): void {
    sessionStorage.removeItem(keyOf(report))
  },
}
