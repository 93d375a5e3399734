import { FileCheck, FileWarning } from 'lucide-react'
import type { ObjectsCheckView } from '../../node/journal/view.js'
import { useAct, useData } from '../api/data.js'
import { Bar } from '../parts/Bar.js'
import { Button } from '../parts/Button.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { useFormats } from '../words/format.js'
import { journal as words } from '../words/journal.js'
import { useLanguage, useWords } from '../words/words.js'
import styles from './Journal.module.css'

/** Every stored file read again: begun by a person, under way for as long as it takes, its result kept. */
export function ObjectsCheck() {
  const t = useWords(words)
  const format = useFormats()
  const { language } = useLanguage()
  const asked = useData<ObjectsCheckView>(['verify'], '/api/journal/verify/objects')
  const start = useAct<ObjectsCheckView>(() => ({ method: 'POST', path: '/api/journal/verify/objects' }), {
    refresh: [['verify']],
  })
  const check = asked.data
  // An auditor of one site only: this is not theirs.
  if (asked.error?.code === 'forbidden' || !check) return null
  const begin = (
    <Button size="s" busy={start.isPending} onPress={() => start.mutate()}>
      {t('objects.run')}
    </Button>
  )
  return (
    <section className={styles.objects} aria-label={t('objects.title')}>
      {start.error ? <ErrorBox trouble={start.error} /> : null}
      {check.state === 'running' ? (
        <div className={styles.found} role="status">
          <span>
            {t('objects.running', { files: check.files, of: check.of, size: format.bytes(check.bytes) })}
          </span>
          <Bar value={check.files} of={Math.max(1, check.of)} look="moving" />
        </div>
      ) : check.state === 'never' ? (
        <>
          <p className={`second ${styles.found}`}>{t('objects.never')}</p>
          {begin}
        </>
      ) : (
        <>
          {check.state === 'done' && check.faults === 0 ? (
            <FileCheck size={18} aria-hidden className={styles.good} />
          ) : (
            <FileWarning size={18} aria-hidden className={styles.bad} />
          )}
          <div className={styles.found}>
            <b>
              {check.state === 'failed'
                ? t('objects.failed')
                : check.faults === 0
                  ? t('objects.ok', { files: check.files, size: format.bytes(check.bytes) })
                  : t('objects.bad', { faults: check.faults, files: check.files })}
            </b>
            {check.endedAt ? <span className="second">{format.dateTime(check.endedAt)}</span> : null}
            {check.reason ? <span lang="en">{check.reason}</span> : null}
            {check.found.length > 0 ? (
              <ul>
                {(language === 'fr' ? check.foundInFrench : check.found).slice(0, 20).map(what => (
                  <li key={what}>{what}</li>
                ))}
              </ul>
            ) : null}
          </div>
          {begin}
        </>
      )}
    </section>
  )
}
