import type { Language } from '../accounts/view.js'
import { letterOf, NOTICE_KINDS } from './letters.js'
import { LINK_LETTER_KINDS, linkLetterOf } from './link-letter-words.js'
import type { LetterView } from './view.js'

const LANGUAGES: readonly Language[] = ['fr', 'en']
/** Of no site and no act: whoever looks at letters sees that nothing else could stand in them. */
const SITE: Record<Language, string> = { fr: 'Hôpital Exemple', en: 'Example Hospital' }
const UNTIL: Record<Language, string> = { fr: '31 décembre, 12:00', en: '31 December, 12:00' }
const REFERENCE = 'E-0001'

/** Every letter the node sends, in both languages, made of examples by what makes the real ones. */
export function letterSamples(options: { nodeName: string; publicUrl: string }): LetterView[] {
  const { nodeName, publicUrl } = options
  return LANGUAGES.flatMap(language => [
    ...NOTICE_KINDS.map(kind => ({
      kind,
      language,
      ...letterOf({
        kind,
        urgency: 'urgent',
        siteName: SITE[language],
        reference: REFERENCE,
        link: `${publicUrl}/open`,
        language,
        nodeName,
      }),
    })),
    ...LINK_LETTER_KINDS.map(kind => ({
      kind,
      language,
      ...linkLetterOf({
        kind,
        language,
        nodeName,
        siteName: SITE[language],
        ...(kind === 'password-changed' ? {} : { link: `${publicUrl}/open`, until: UNTIL[language] }),
      }),
    })),
  ])
}
