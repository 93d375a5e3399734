import { MessageSquareText } from 'lucide-react'
import { useLocation } from 'wouter'
import type { ImportView } from '../../node/imports/view.js'
import type { ListView } from '../../node/requests/view.js'
import type { SiteView } from '../../node/sites/view.js'
import { useData } from '../api/data.js'
import { useActions } from '../parts/Actions.js'
import { ButtonLink } from '../parts/Button.js'
import { useSession } from '../session.js'
import { presets as words } from '../words/presets.js'
import { useWords } from '../words/words.js'
import { chosenOf } from './choice.js'
import styles from './Imports.module.css'
import { usePresetList } from './presets.js'

/** What this desk asks for each disc once it is in: one press, and the form stands filled in. */
export function Asking({ disc }: { disc: ImportView }) {
  const t = useWords(words)
  const { session, can } = useSession()
  const [, go] = useLocation()
  const { items } = usePresetList()
  const asked = items?.find(({ id }) => id === disc.preset)?.request
  const mayAsk = can('request.create') && disc.site === session.account.site
  const sites = useData<ListView<SiteView>>(['sites'], asked && mayAsk ? '/api/sites' : null)
  const isThere = disc.state === 'sending' || disc.state === 'done'
  const href = asked
    ? `/requests/new?${new URLSearchParams([
        ...chosenOf(disc.studies, new Set(disc.decision?.series)).studies.map(({ hereAs }) => [
          'study',
          hereAs,
        ]),
        ['kind', asked.kind],
        ['urgency', asked.urgency],
        ...(asked.to === undefined ? [] : [['to', asked.to]]),
      ])}`
    : ''
  const isReady = mayAsk && isThere && disc.taken > 0
  useActions([
    asked && isReady
      ? {
          id: 'import-ask',
          group: t('tab'),
          label: t(`ask.go.${asked.kind}`),
          keys: 'a',
          run: () => go(href),
        }
      : false,
  ])
  if (!mayAsk || (isThere && disc.taken === 0)) return null
  if (!asked) {
    const { studies } = chosenOf(disc.studies, new Set(disc.decision?.series))
    return isReady && studies.length > 0 ? (
      <aside className={`${styles.ask} ${styles.screenOnly}`} aria-label={t('group.request')}>
        <ButtonLink
          href={`/requests/new?${new URLSearchParams(studies.map(({ hereAs }) => ['study', hereAs]))}`}
          icon={<MessageSquareText aria-hidden />}
        >
          {t('ask.go.reading')}
        </ButtonLink>
      </aside>
    ) : null
  }
  const group = sites.data?.items.find(({ id }) => id === asked.to)?.name ?? asked.to
  return (
    <aside className={`${styles.ask} ${styles.asking} ${styles.screenOnly}`} aria-label={t('group.request')}>
      <p>
        <b>{t('ask.title', { what: t(`ask.what.${asked.kind}`) })}</b>
        <span className="second">
          {t(group ? 'ask.text' : 'ask.text.alone', {
            urgency: t(`urgency.${asked.urgency}`),
            group: group ?? '',
          })}
        </span>
      </p>
      {isReady ? (
        <ButtonLink href={href} look="go" keys="A" icon={<MessageSquareText aria-hidden />}>
          {t(`ask.go.${asked.kind}`)}
        </ButtonLink>
      ) : (
        <span className="second" role="status">
          {t('ask.wait')}
        </span>
      )}
    </aside>
  )
}
