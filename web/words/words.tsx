import { IntlMessageFormat } from 'intl-messageformat'
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react'
import { I18nProvider } from 'react-aria-components'
import type { Language } from '../../node/accounts/view.js'
import { common } from './common.js'

/** One domain's words in both languages, ICU MessageFormat. Made by `catalogue`, so the two have the same keys. */
export interface Catalogue<Key extends string> {
  fr: Record<Key, string>
  en: Record<Key, string>
}

export type Values = Record<string, string | number | Date | undefined>

/** `t('key', { name: 'value' })`; keys are those of the catalogue given to `useWords`, and the common ones. */
export type Words<Key extends string> = (key: Key, values?: Values) => string

export type CommonKey = keyof typeof common.fr

const kept = 'relais.language'
const locales: Record<Language, string> = { fr: 'fr-FR', en: 'en-GB' }
const parsed = new Map<string, IntlMessageFormat>()

/** Formats one message; a message without arguments is given back as it is. */
export function say(message: string, language: Language, values?: Values): string {
  if (!message.includes('{')) return message
  const key = `${language}\n${message}`
  let format = parsed.get(key)
  if (!format) {
    format = new IntlMessageFormat(message, locales[language])
    parsed.set(key, format)
  }
  return String(format.format(values))
}

interface Chosen {
  language: Language
  locale: string
  choose(language: Language): void
}

const LanguageContext = createContext<Chosen>({ language: 'fr', locale: 'fr-FR', choose: () => undefined })

/** Before anybody is signed in: the last language used on this machine, else the browser's. */
function firstLanguage(): Language {
  const before = localStorage.getItem(kept)
  if (before === 'fr' || before === 'en') return before
  return navigator.language.startsWith('en') ? 'en' : 'fr'
}

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(firstLanguage)
  useEffect(() => {
    document.documentElement.lang = language
    localStorage.setItem(kept, language)
  }, [language])
  const value = useMemo(() => ({ language, locale: locales[language], choose: setLanguage }), [language])
  return (
    <LanguageContext.Provider value={value}>
      <I18nProvider locale={value.locale}>{children}</I18nProvider>
    </LanguageContext.Provider>
  )
}

export function useLanguage(): Chosen {
  return useContext(LanguageContext)
}

const nothing = { fr: {}, en: {} } as Catalogue<never>

/** The words of a domain (and the common ones) in the language of the session. */
export function useWords<Key extends string = never>(
  words: Catalogue<Key> = nothing as Catalogue<Key>,
): Words<Key | CommonKey> {
  const { language } = useLanguage()
  return useCallback(
    (key: Key | CommonKey, values?: Values) => {
      const message = words[language][key as Key] ?? common[language][key as CommonKey]
      return say(message, language, values)
    },
    [words, language],
  )
}
