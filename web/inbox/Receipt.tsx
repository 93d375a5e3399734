import { Printer } from 'lucide-react'
import type { InboxPage } from '../../node/inbox/view.js'
import { Button } from '../parts/Button.js'
import { useFormats } from '../words/format.js'
import { inboxWords } from '../words/inbox.js'
import { useWords } from '../words/words.js'
import styles from './Inbox.module.css'

export function Receipt({ page }: { page: InboxPage }) {
  const t = useWords(inboxWords)
  const format = useFormats()
  const { receipt, form } = page
  if (receipt === undefined) return null
  return (
    <>
      <p>{t('done.text', { site: page.siteName })}</p>
      <dl className={styles.receipt}>
        <dt>{t('done.number')}</dt>
        <dd className={styles.number}>{receipt.number}</dd>
        <dt>{t('done.at')}</dt>
        <dd title={format.exact(receipt.at)}>{format.dateTime(receipt.at)}</dd>
        <dt>{t('done.name')}</dt>
        <dd>
          {[receipt.name, receipt.bytes > 0 ? format.bytes(receipt.bytes) : ''].filter(Boolean).join(' · ')}
        </dd>
        <dt>{t('done.for')}</dt>
        <dd>
          {page.siteName}, {page.by}
        </dd>
        {form ? (
          <>
            <dt>{t('sent.who')}</dt>
            <dd>
              {form.name}, {form.organisation}
            </dd>
          </>
        ) : null}
      </dl>
      <div className={styles.screenOnly}>
        <Button icon={<Printer aria-hidden />} onPress={() => print()}>
          {t('done.print')}
        </Button>
      </div>
    </>
  )
}
