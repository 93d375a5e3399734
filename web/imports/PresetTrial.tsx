import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Check, X } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { PresetInput, PresetTrialView } from '../../node/imports/view.js'
import { call } from '../api/call.js'
import type { ApiProblem } from '../api/problem.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Select } from '../parts/Select.js'
import { Skeleton } from '../parts/Skeleton.js'
import { useFormats } from '../words/format.js'
import { presets as words } from '../words/presets.js'
import { useWords } from '../words/words.js'
import { useWhy } from './left-out-words.js'
import styles from './Presets.module.css'

/** After the last letter: each try reads a disc's series. */
const TYPED_MS = 250

/** What the rules would do with a disc of the site that was read already, as they are typed. Nothing is kept. */
export function PresetTrial({ site, leaveOut }: { site: string; leaveOut: PresetInput['leaveOut'] }) {
  const t = useWords(words)
  const format = useFormats()
  const [disc, setDisc] = useState('')
  const asked = useRested(JSON.stringify({ site, leaveOut, ...(disc === '' ? {} : { disc }) }))
  const found = useQuery<PresetTrialView, ApiProblem>({
    queryKey: ['imports', 'trial', asked],
    // Without an idempotency key: the node keeps what is asked with one, and nothing of this is kept.
    queryFn: ({ signal }) =>
      call({ method: 'POST', path: '/api/presets/trial', body: JSON.parse(asked), signal }),
    placeholderData: keepPreviousData,
  })
  return (
    <section className={`card ${styles.trial}`} aria-labelledby="preset-trial">
      <header>
        <h2 id="preset-trial">{t('try.title')}</h2>
        <p className="second">{t('try.text')}</p>
      </header>
      {found.error ? (
        <ErrorBox title={t('try.trouble')} trouble={found.error} onRetry={() => found.refetch()} />
      ) : !found.data ? (
        <Skeleton lines={5} height={32} />
      ) : found.data.disc === null ? (
        <p className={styles.none}>{t('try.none')}</p>
      ) : (
        <>
          <Select
            label={t('try.disc')}
            value={found.data.disc}
            onChange={setDisc}
            options={found.data.discs.map(({ id, at, files, modalities }) => ({
              id,
              label: `${format.dateTime(at)} · ${modalities.join(' ')}`,
              hint: t('try.disc.files', { n: files }),
            }))}
          />
          <Outcome series={found.data.series} />
        </>
      )}
    </section>
  )
}

function Outcome({ series }: { series: PresetTrialView['series'] }) {
  const t = useWords(words)
  const why = useWhy()
  const sum = (of: typeof series) => of.reduce((images, each) => images + each.images, 0)
  const [taken, left] = [series.filter(each => !each.leftOut), series.filter(each => each.leftOut)]
  return (
    <>
      <div className={styles.sums} aria-live="polite">
        <p className={styles.in}>
          <Check size={16} aria-hidden /> {t('try.in', { n: taken.length, images: sum(taken) })}
        </p>
        <p className={styles.out}>
          <X size={16} aria-hidden /> {t('try.out', { n: left.length, images: sum(left) })}
        </p>
      </div>
      <ul className={styles.tried} aria-label={t('try.list')}>
        {[...left, ...taken].map(each => (
          <li key={each.SeriesInstanceUID} className={each.leftOut ? styles.isOut : undefined}>
            {each.leftOut ? (
              <X size={14} role="img" aria-label={t('series.out')} className={styles.mark} />
            ) : (
              <Check size={14} role="img" aria-label={t('series.in')} className={styles.mark} />
            )}
            <span>
              {each.Modality} · {each.SeriesDescription || t('series.untitled')}
              {each.leftOutBy ? <small>{why(each.leftOutBy)}</small> : null}
            </span>
            <span className="second">{t('images', { n: each.images })}</span>
          </li>
        ))}
      </ul>
    </>
  )
}

/** The value once nobody has changed it for a moment. */
function useRested(value: string): string {
  const [rested, setRested] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), TYPED_MS)
    return () => clearTimeout(timer)
  }, [value])
  return rested
}
