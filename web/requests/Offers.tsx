import { useEffect } from 'react'
import type { OfferView, RequestView } from '../../node/requests/view.js'
import { useAct } from '../api/data.js'
import { Tag, type Tone } from '../parts/Tag.js'
import { useSession } from '../session.js'
import { useFormats } from '../words/format.js'
import { offerWords } from '../words/offers.js'
import { useWords } from '../words/words.js'
import styles from './Offers.module.css'

const TONE: Record<OfferView['outcome'], Tone> = {
  offered: 'plain',
  seen: 'near',
  declined: 'late',
  lapsed: 'plain',
  won: 'ok',
}

/** Whom the request was offered to, wave by wave, why them, and what they answered. */
export function Offers({ request }: { request: RequestView }) {
  const t = useWords(offerWords)
  const { session } = useSession()
  const seen = useAct<RequestView, string>(
    id => ({ method: 'POST', path: `/api/requests/${id}/offer/seen` }),
    { refresh: [['requests', request.id]] },
  )
  const mine = request.offers.find(({ account }) => account === session.account.id)
  const unseen = request.may.includes('claim') && mine?.outcome === 'offered'
  const { mutate } = seen
  useEffect(() => {
    if (unseen) mutate(request.id)
  }, [unseen, mutate, request.id])

  if (request.waves === undefined) return null
  const newest = Math.max(...request.offers.map(({ round }) => round), 0)
  const current = request.offers.filter(({ round }) => round === newest)
  const earlier = request.offers.filter(({ round }) => round < newest)
  const { wave, of, ended } = request.waves
  return (
    <section className="card">
      <h2>{t('title')}</h2>
      <p className={`second ${styles.state}`}>
        {request.state !== 'offered'
          ? null
          : current.length === 0
            ? t('none')
            : ended
              ? t('ended')
              : t('wave', { wave, of })}
      </p>
      <List offers={current} />
      {earlier.length > 0 ? (
        <details className={styles.earlier}>
          <summary>{t('earlier', { n: new Set(earlier.map(({ round }) => round)).size })}</summary>
          <List offers={earlier} rounds />
        </details>
      ) : null}
    </section>
  )
}

function List({ offers, rounds = false }: { offers: OfferView[]; rounds?: boolean }) {
  const t = useWords(offerWords)
  const formats = useFormats()
  return (
    <ul className={styles.offers}>
      {offers.map(offer => (
        <li key={`${offer.round} ${offer.account}`}>
          <span>
            {offer.name}{' '}
            <small className={`third ${styles.when}`}>
              {[
                rounds ? t('round', { round: offer.round }) : '',
                t('person.wave', { wave: offer.wave }),
                formats.moment(offer.offeredAt),
              ]
                .filter(Boolean)
                .join(' · ')}
            </small>
          </span>
          <Tag tone={TONE[offer.outcome]}>{t(`outcome.${offer.outcome}`)}</Tag>
          {offer.decline ? (
            <small className={styles.why}>
              {[t(`code.${offer.decline.code}`), offer.decline.reason].filter(Boolean).join(' · ')}
            </small>
          ) : null}
          {offer.why ? <small className={styles.why}>{offer.why}</small> : null}
        </li>
      ))}
    </ul>
  )
}
