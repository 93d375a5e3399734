import { Download, Images as ImagesIcon, Search } from 'lucide-react'
import type { PriorReason, PriorsView, PriorView } from '../../node/priors/view.js'
import { useAct, useData } from '../api/data.js'
import { Button, ButtonLink } from '../parts/Button.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Skeleton } from '../parts/Skeleton.js'
import { useSession } from '../session.js'
import { RetrievalMark } from '../studies/RetrievalMark.js'
import { useFormats } from '../words/format.js'
import { knownKey } from '../words/known.js'
import { priors as words } from '../words/priors.js'
import { useWords } from '../words/words.js'
import page from './RequestPage.module.css'
import styles from './Studies.module.css'

/** What the patient had before: why each is worth comparing, and where it stands. */
export function Priors({ request }: { request: string }) {
  const t = useWords(words)
  const formats = useFormats()
  const path = `/api/requests/${request}/priors`
  const priors = useData<PriorsView>(['priors'], path)
  const act = useAct<PriorsView, string>(
    uid => ({ method: 'POST', path: uid === '' ? path : `${path}/${uid}`, body: {} }),
    {
      refresh: [['priors']],
    },
  )
  const view = priors.data
  return (
    <section className="card">
      <h2 className={page.heading}>{t('title')}</h2>
      {priors.error ? <ErrorBox trouble={priors.error} onRetry={() => priors.refetch()} /> : null}
      {act.error ? <ErrorBox trouble={act.error} /> : null}
      {priors.isPending ? <Skeleton lines={2} height={28} /> : null}
      {view ? (
        <>
          {view.items.length === 0 ? (
            <p className="second">
              {t(view.state === 'never' ? 'never' : view.state === 'searching' ? 'searching' : 'none')}
            </p>
          ) : (
            <ul className={styles.studies}>
              {view.items.map(prior => (
                <Prior
                  key={prior.StudyInstanceUID}
                  prior={prior}
                  busy={act.isPending}
                  mayFetch={view.may.includes('fetch')}
                  onFetch={() => act.mutate(prior.StudyInstanceUID)}
                />
              ))}
            </ul>
          )}
          {view.peers
            .filter(({ outcome }) => outcome === 'no-answer' || outcome === 'refused')
            .map(({ peer, outcome }) => (
              <p key={peer} className="second" role="status">
                {t(outcome === 'refused' ? 'refused' : 'silent', { peer })}
              </p>
            ))}
          <p className="third">
            {view.state === 'searching' && view.items.length > 0 ? t('searching') : null}
            {view.state === 'done' && view.searchedAt
              ? t('searched', { time: formats.moment(view.searchedAt) })
              : null}
          </p>
          {view.may.includes('search') ? (
            <div>
              <Button
                size="s"
                icon={<Search aria-hidden />}
                busy={act.isPending || view.state === 'searching'}
                onPress={() => act.mutate('')}
              >
                {t(view.state === 'never' ? 'search' : 'again')}
              </Button>
            </div>
          ) : null}
        </>
      ) : null}
    </section>
  )
}

function Prior({
  prior,
  busy,
  mayFetch,
  onFetch,
}: {
  prior: PriorView
  busy: boolean
  mayFetch: boolean
  onFetch: () => void
}) {
  const t = useWords(words)
  const formats = useFormats()
  const { can } = useSession()
  const reason = (why: PriorReason): string => {
    const region = 'region' in why ? knownKey(words, 'region.', why.region) : undefined
    const months = 'months' in why ? why.months : 0
    return t(`why.${why.code}`, {
      region: region ? t(region) : '',
      modality: 'modality' in why ? why.modality : '',
      months,
      years: Math.floor(months / 12),
    })
  }
  const exam = [prior.ModalitiesInStudy.join(' '), prior.StudyDescription].filter(Boolean).join(' · ')
  const date = formats.day(prior.StudyDate)
  const waiting = prior.retrieval?.state === 'queued' || prior.retrieval?.state === 'moving'
  return (
    <li className={styles.study}>
      <div className={styles.what}>
        <strong>{exam}</strong>
        <small>
          {[
            date,
            prior.peer || t('from-disc'),
            prior.instances === undefined ? '' : t('images', { n: prior.instances }),
          ]
            .filter(Boolean)
            .join(' · ')}
        </small>
        <small>{prior.why.map(reason).join(', ')}</small>
      </div>
      {prior.retrieval ? <RetrievalMark row={prior.retrieval} /> : null}
      {prior.here && can('viewer.open') ? (
        <ButtonLink
          size="s"
          href={`/viewer/${prior.StudyInstanceUID}`}
          icon={<ImagesIcon aria-hidden />}
          aria-label={t('open.of', { exam, date })}
        >
          {t('open')}
        </ButtonLink>
      ) : null}
      {!prior.here && mayFetch && !waiting ? (
        <Button
          size="s"
          icon={<Download aria-hidden />}
          isDisabled={busy}
          aria-label={t('fetch.of', { exam, date })}
          onPress={onFetch}
        >
          {t('fetch')}
        </Button>
      ) : null}
    </li>
  )
}
