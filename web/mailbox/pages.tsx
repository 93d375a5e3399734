import { Mail, MailX } from 'lucide-react'
import { useEffect } from 'react'
import { Link } from 'wouter'
import type { MailView } from '../../node/notifications/view.js'
import { usePages } from '../api/pages.js'
import { useAddress } from '../api/url.js'
import { Button } from '../parts/Button.js'
import { Empty } from '../parts/Empty.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Page } from '../parts/Page.js'
import { Skeleton } from '../parts/Skeleton.js'
import { useFilterHref } from '../parts/Tabs.js'
import { useFormats } from '../words/format.js'
import { mailbox as words } from '../words/mailbox.js'
import { useWords } from '../words/words.js'
import { Letter } from './Letter.js'
import styles from './Mailbox.module.css'

/** Nothing announces a letter on the live line: the list is asked for again this often while it is looked at. */
const againMs = 5_000

/** /mailbox?mail */
export default function Mailbox() {
  const t = useWords(words)
  const address = useAddress()
  const list = usePages<MailView>(['notices', 'mailbox'], '/api/mailbox?limit=50')
  const { readAgain } = list
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') void readAgain()
    }, againMs)
    return () => clearInterval(timer)
  }, [readAgain])
  const asked = address.get('mail')
  const open = list.items?.find(mail => mail.id === asked) ?? list.items?.[0]

  if (list.problem?.code === 'missing') {
    return (
      <Page title={t('title')}>
        <Empty icon={<MailX aria-hidden />} title={t('absent.title')}>
          {t('absent.text')}
        </Empty>
      </Page>
    )
  }
  return (
    <Page title={t('title')}>
      <p className="second">{t('intro')}</p>
      {list.problem ? (
        <ErrorBox trouble={list.problem} onRetry={() => list.readAgain()} />
      ) : !list.items ? (
        <Skeleton lines={6} height={44} />
      ) : !open ? (
        <Empty icon={<Mail aria-hidden />} title={t('empty.title')}>
          {t('empty.text')}
        </Empty>
      ) : (
        <div className={styles.box}>
          <nav aria-label={t('list')} className={styles.letters}>
            <ul>
              {list.items.map(mail => (
                <Entry key={mail.id} mail={mail} current={mail.id === open.id} />
              ))}
            </ul>
            {list.hasMore ? (
              <Button look="quiet" busy={list.isReadingMore} onPress={() => void list.readMore()}>
                {t('more')}
              </Button>
            ) : null}
          </nav>
          <Letter key={open.id} mail={open} />
        </div>
      )}
    </Page>
  )
}

function Entry({ mail, current }: { mail: MailView; current: boolean }) {
  const t = useWords(words)
  const format = useFormats()
  const hrefWith = useFilterHref()
  return (
    <li>
      <Link
        href={hrefWith('mail', mail.id)}
        replace
        className={styles.entry}
        aria-current={current ? 'true' : undefined}
      >
        <span className={styles.subject}>{mail.subject}</span>
        <span className={styles.under}>
          <span className={styles.to}>{t('to', { to: mail.to })}</span>
          <time dateTime={mail.at}>{format.moment(mail.at)}</time>
        </span>
      </Link>
    </li>
  )
}
