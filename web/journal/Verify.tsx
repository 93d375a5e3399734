import { ShieldAlert, ShieldCheck } from 'lucide-react'
import type { VerifyView } from '../../node/journal/view.js'
import { useAct } from '../api/data.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { useFormats } from '../words/format.js'
import { journal as words } from '../words/journal.js'
import { useWords } from '../words/words.js'
import styles from './Journal.module.css'

export function useVerify() {
  return useAct<VerifyView>(() => ({ method: 'POST', path: '/api/journal/verify' }))
}

/** What the check found, what it looked at, and what it cannot know. */
export function Verify({ verify }: { verify: ReturnType<typeof useVerify> }) {
  const t = useWords(words)
  const format = useFormats()
  const { data, error, isPending } = verify
  if (error) return <ErrorBox trouble={error} onRetry={() => verify.mutate()} />
  return (
    <div role="status" className={styles.status}>
      {isPending ? <p className="second">{t('verify.running')}</p> : null}
      {data && !isPending ? (
        <section className={data.ok ? styles.sound : styles.broken}>
          {data.ok ? <ShieldCheck size={22} aria-hidden /> : <ShieldAlert size={22} aria-hidden />}
          <div className={styles.found}>
            <b>
              {data.ok
                ? t('verify.ok', { entries: data.entries, time: format.span(Math.max(1000, data.ms)) })
                : t('verify.bad', { faults: data.faults, entries: data.entries })}
            </b>
            {data.firstFault ? (
              <p>
                {data.firstFault.seq === null
                  ? t('verify.first.whole', { what: data.firstFault.what })
                  : t('verify.first', { seq: data.firstFault.seq, what: data.firstFault.what })}
              </p>
            ) : null}
            <details>
              <summary>{t('verify.checked')}</summary>
              <ul>
                {data.checked.map(each => (
                  <li key={each} lang="en">
                    {each}
                  </li>
                ))}
              </ul>
            </details>
            <p className={styles.limits}>
              <b>{t('verify.limits')}</b> {t('verify.limits.text')}
            </p>
          </div>
        </section>
      ) : null}
    </div>
  )
}
