import { Fragment, useState } from 'react'
import { Link } from 'wouter'
import type { MailView } from '../../node/notifications/view.js'
import { Choices } from '../parts/Field.js'
import { useFormats } from '../words/format.js'
import { mailbox as words } from '../words/mailbox.js'
import { useWords } from '../words/words.js'
import styles from './Mailbox.module.css'

/** One letter as its reader would see it. */
export function Letter({ mail }: { mail: MailView }) {
  const t = useWords(words)
  const format = useFormats()
  const [view, setView] = useState<'html' | 'text'>(mail.html ? 'html' : 'text')
  return (
    <article className={styles.letter} aria-label={t('letter')}>
      <header>
        <h2>{mail.subject}</h2>
        <p className="second">
          {t('to', { to: mail.to })} · <time title={format.exact(mail.at)}>{format.dateTime(mail.at)}</time>
        </p>
        {mail.html ? (
          <Choices
            label={t('view')}
            hideLabel
            value={view}
            onChange={setView}
            choices={[
              { id: 'html', label: t('view.html') },
              { id: 'text', label: t('view.text') },
            ]}
          />
        ) : null}
      </header>
      {view === 'html' ? (
        // No scripts, no forms, another origin: only its links may leave the frame, and only when a person follows one.
        <iframe
          className={styles.frame}
          title={t('frame', { subject: mail.subject })}
          sandbox="allow-top-navigation-by-user-activation"
          srcDoc={`<base target="_top">${mail.html}`}
        />
      ) : (
        <div className={styles.text}>
          <Linked text={mail.text} />
        </div>
      )}
    </article>
  )
}

/** The text with its addresses as links; those of this node open without loading the page anew. */
function Linked({ text }: { text: string }) {
  return text.split(/(https?:\/\/[^\s<>"]+)/).map((part, i) => {
    const key = `${i} ${part}`
    if (i % 2 === 0) return <Fragment key={key}>{part}</Fragment>
    const here = part.startsWith(`${location.origin}/`) ? part.slice(location.origin.length) : null
    return here ? (
      <Link key={key} href={here}>
        {part}
      </Link>
    ) : (
      <a key={key} href={part} rel="noopener noreferrer">
        {part}
      </a>
    )
  })
}
