import { ShieldAlert, ShieldCheck } from 'lucide-react'
import type { VerifyingView, VerifyView } from '../../node/journal/view.js'
import { useAct, useData } from '../api/data.js'
import { Bar } from '../parts/Bar.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { useFormats } from '../words/format.js'
import { journal as words } from '../words/journal.js'
import { useLanguage, useWords } from '../words/words.js'
import styles from './Journal.module.css'

const askedMs = 1000

export function useVerify() {
  return useAct<VerifyView>(() => ({ method: 'POST', path: '/api/journal/verify' }))
}

/** What the check found, what it looked at, and what it cannot know. */
export function Verify({ verify }: { verify: ReturnType<typeof useVerify> }) {
  const t = useWords(words)
  const format = useFormats()
  const { language } = useLanguage()
  const { data, error, isPending } = verify
  if (error) return <ErrorBox trouble={error} onRetry={() => verify.mutate()} />
  return (
    <div role="status" className={styles.status}>
      {isPending ? <Running /> : null}
      {data && !isPending ? (
        <section className={data.ok ? styles.sound : styles.broken}>
          {data.ok ? <ShieldCheck size={22} aria-hidden /> : <ShieldAlert size={22} aria-hidden />}
          <div className={styles.found}>
            <b>
              {data.ok
                ? t('verify.ok', { entries: data.entries, time: format.span(Math.max(1000, data.ms)) })
                : t('verify.bad', { faults: data.faults, entries: data.entries })}
            </b>
            {data.list.length > 0 ? (
              <ul className={styles.faults}>
                {data.list.map(({ seq, what, inFrench }, at) => (
                  <li key={at}>
                    {seq === null ? '' : t('verify.entry', { seq })}{' '}
                    {language === 'fr' && inFrench !== undefined ? inFrench : <span lang="en">{what}</span>}
                  </li>
                ))}
              </ul>
            ) : null}
            {data.faults > data.list.length ? (
              <p className="second">{t('verify.more', { n: data.faults - data.list.length })}</p>
            ) : null}
            <details>
              <summary>{t('verify.checked')}</summary>
              <ul>
                {(language === 'fr' ? data.checkedInFrench : data.checked).map(each => (
                  <li key={each}>{each}</li>
                ))}
              </ul>
            </details>
            <p className={styles.limits}>
              <b>{t('verify.limits')}</b> {t(data.outside ? 'verify.limits.outside' : 'verify.limits.text')}
            </p>
          </div>
        </section>
      ) : null}
    </div>
  )
}

/** How far it is, as the node says each second; a short journal is done before it is asked. */
function Running() {
  const t = useWords(words)
  const asked = useData<VerifyingView>(['verify', 'chain'], '/api/journal/verify', {
    staleTimeMs: 0,
    repeat: () => askedMs,
  })
  const at = asked.data?.running === true && asked.data.of > 0 ? asked.data : undefined
  return (
    <div className={styles.found}>
      <p className="second">
        {at ? t('verify.progress', { entries: at.entries, of: at.of }) : t('verify.running')}
      </p>
      <Bar value={at?.entries ?? 0} of={at?.of} look="moving" />
    </div>
  )
}
