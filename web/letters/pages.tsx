import type { LetterView } from '../../node/notifications/view.js'
import { useData } from '../api/data.js'
import { useAddress } from '../api/url.js'
import styles from '../mailbox/Mailbox.module.css'
import { Choices } from '../parts/Choices.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Page } from '../parts/Page.js'
import { Skeleton } from '../parts/Skeleton.js'
import { knownKey } from '../words/known.js'
import { reachWords } from '../words/reach.js'
import { shellWords } from '../words/shell.js'
import { useLanguage, useWords } from '../words/words.js'

/** /letters?kind&language&view: every letter the node sends, as its reader would see it. */
export default function Letters() {
  const t = useWords(reachWords)
  const of = useWords(shellWords)
  const { language: own } = useLanguage()
  const address = useAddress()
  const asked = useData<{ items: LetterView[] }>(['letters'], '/api/letters')
  const language = address.get('language') === '' ? own : address.get('language')
  const letters = asked.data?.items.filter(letter => letter.language === language) ?? []
  const open = letters.find(({ kind }) => kind === address.get('kind')) ?? letters[0]
  const isText = address.get('view') === 'text'
  const nameOf = (kind: LetterView['kind']) => {
    const notice = knownKey(shellWords, 'notice.', kind)
    const letter = knownKey(reachWords, 'letter.', kind)
    return notice ? of(notice) : letter ? t(letter) : kind
  }
  return (
    <Page title={t('letters.title')}>
      <p className="second">{t('letters.text')}</p>
      {asked.error ? (
        <ErrorBox trouble={asked.error} onRetry={() => void asked.refetch()} />
      ) : !open ? (
        <Skeleton lines={6} height={44} />
      ) : (
        <div className={styles.box}>
          <nav aria-label={t('letters.list')} className={styles.letters}>
            <ul>
              {letters.map(({ kind }) => (
                <li key={kind}>
                  <a
                    href={`/letters?kind=${kind}`}
                    className={styles.entry}
                    aria-current={kind === open.kind ? 'true' : undefined}
                    onClick={event => {
                      event.preventDefault()
                      address.set({ kind }, { replace: true })
                    }}
                  >
                    {nameOf(kind)}
                  </a>
                </li>
              ))}
            </ul>
          </nav>
          <article className={styles.letter} aria-label={open.subject}>
            <header>
              <h2>{open.subject}</h2>
              <Choices
                label={t('letters.language')}
                hideLabel
                value={open.language}
                onChange={chosen => address.set({ language: chosen }, { replace: true })}
                choices={[
                  { id: 'fr', label: 'Français' },
                  { id: 'en', label: 'English' },
                ]}
              />
              <Choices
                label={t('letters.view')}
                hideLabel
                value={isText ? 'text' : 'html'}
                onChange={view => address.set({ view: view === 'text' ? 'text' : '' }, { replace: true })}
                choices={[
                  { id: 'html', label: t('letters.html') },
                  { id: 'text', label: t('letters.plain') },
                ]}
              />
            </header>
            {isText ? (
              <div className={styles.text}>{open.text}</div>
            ) : (
              // No scripts, no forms, another origin, and no link of it leads anywhere.
              <iframe
                className={styles.frame}
                title={t('letters.frame', { subject: open.subject })}
                sandbox=""
                srcDoc={open.html}
              />
            )}
          </article>
        </div>
      )}
    </Page>
  )
}
