import { Stamp } from 'lucide-react'
import type { WitnessView } from '../../node/archive/view.js'
import type { CheckpointView } from '../../node/journal/view.js'
import { useAct, useData } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { useFormats } from '../words/format.js'
import { proof as words } from '../words/proof.js'
import { useWords } from '../words/words.js'
import styles from './Journal.module.css'

/** The newest signed heads of the journal: what a witness outside keeps, and what is compared with it. */
export function Checkpoints() {
  const t = useWords(words)
  const format = useFormats()
  const asked = useData<{ items: CheckpointView[] }>(['checkpoints'], '/api/checkpoints?limit=5')
  const witnesses = useData<{ items: WitnessView[] }>(['checkpoints', 'witnesses'], '/api/witnesses')
  const sign = useAct<CheckpointView>(() => ({ method: 'POST', path: '/api/checkpoints' }), {
    refresh: [['checkpoints']],
  })
  if (asked.error) return <ErrorBox trouble={asked.error} />
  if (!asked.data) return null
  const nameOf = (witness: string) =>
    witness === 'folder' || witness === 'letter' || witness === 'stamp' ? t(`witness.${witness}`) : witness
  const [newest, ...earlier] = asked.data.items
  return (
    <section className={styles.objects} aria-label={t('title')}>
      {newest ? <Stamp size={18} aria-hidden className={styles.good} /> : null}
      <div className={styles.found}>
        {sign.error ? <ErrorBox trouble={sign.error} /> : null}
        {newest ? (
          <>
            <b>{t('newest', { size: newest.size, at: format.dateTime(newest.at) })}</b>
            <details>
              <summary>{t('detail')}</summary>
              <dl className={styles.digests}>
                <dt>{t('root')}</dt>
                <dd>{newest.root}</dd>
                <dt>{t('last')}</dt>
                <dd>{newest.last.sha256}</dd>
                <dt>{t('key')}</dt>
                <dd>{newest.key}</dd>
                <dt>{t('signature')}</dt>
                <dd>{newest.signature}</dd>
              </dl>
              {earlier.length > 0 ? (
                <ul>
                  {earlier.map(({ size, at }) => (
                    <li key={size}>{t('earlier', { size, at: format.dateTime(at) })}</li>
                  ))}
                </ul>
              ) : null}
            </details>
          </>
        ) : (
          <p className="second">{t('none')}</p>
        )}
        {witnesses.data?.items.length === 0 ? <p className="second">{t('witness.none')}</p> : null}
        {witnesses.data?.items.map(({ witness, size, at }) => (
          <span key={witness} className="second">
            {size === undefined || at === undefined
              ? t('witness.waiting', { witness: nameOf(witness) })
              : t('witness.has', { witness: nameOf(witness), size, at: format.dateTime(at) })}
          </span>
        ))}
      </div>
      <Button size="s" busy={sign.isPending} onPress={() => sign.mutate()}>
        {t('sign')}
      </Button>
    </section>
  )
}
