import { Split } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Link, useLocation, useSearch } from 'wouter'
import type { ConflictRow } from '../../node/studies/view.js'
import { pathOf } from '../api/call.js'
import { usePages } from '../api/pages.js'
import { useAddress } from '../api/url.js'
import { useActions } from '../parts/Actions.js'
import { Button } from '../parts/Button.js'
import { Empty } from '../parts/Empty.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Page } from '../parts/Page.js'
import { Skeleton } from '../parts/Skeleton.js'
import { Tabs, useFilterHref } from '../parts/Tabs.js'
import { Tag } from '../parts/Tag.js'
import { nameOf } from '../studies/patient.js'
import { conflicts as words } from '../words/conflicts.js'
import { useFormats } from '../words/format.js'
import { useWords } from '../words/words.js'
import { Conflict } from './Conflict.js'
import styles from './Conflicts.module.css'

const tabs = ['open', 'decided'] as const

/** /conflicts and /conflicts/:id (?state&study): what came twice and differs, one question each. */
export default function Conflicts() {
  const t = useWords(words)
  const address = useAddress()
  const hrefWith = useFilterHref()
  const [here, go] = useLocation()
  const search = useSearch()
  const chosen = /^\/conflicts\/([^/]+)$/.exec(here)?.[1]
  const tab = tabs.find(name => name === address.get('state')) ?? 'open'
  const study = address.get('study')
  const list = usePages<ConflictRow>(
    ['conflicts'],
    pathOf('/api/conflicts', { state: tab, study, limit: 50 }),
  )
  // Answered here: not offered again while the list is read anew.
  const [answered, setAnswered] = useState<readonly string[]>([])
  const rows = (list.items ?? []).filter(row => tab === 'decided' || !answered.includes(row.id))
  const at = rows.findIndex(row => row.id === chosen)
  const hrefOf = (id: string) => `/conflicts/${id}${search ? `?${search}` : ''}`
  const move = (by: number) => {
    const next = rows[Math.min(rows.length - 1, Math.max(0, at + by))]
    if (next) go(hrefOf(next.id))
  }
  /** From a question that is answered one goes to its neighbour, or to the empty desk. */
  const decided = () => {
    if (chosen) setAnswered(before => [...before, chosen])
    const neighbour = rows[at + 1] ?? rows[at - 1]
    go(neighbour ? hrefOf(neighbour.id) : '/conflicts')
  }
  // The first question is open before anybody asks for it.
  useEffect(() => {
    if (!chosen && rows[0]) go(hrefOf(rows[0].id), { replace: true })
  }, [chosen, rows[0]?.id])
  useActions([
    {
      id: 'conflict-next',
      group: t('group'),
      label: t('next'),
      keys: 'j',
      keyOnly: true,
      run: () => move(1),
    },
    {
      id: 'conflict-previous',
      group: t('group'),
      label: t('previous'),
      keys: 'k',
      keyOnly: true,
      run: () => move(-1),
    },
  ])

  return (
    <Page
      title={t('title')}
      filters={
        <>
          <Tabs
            label={t('states')}
            tabs={tabs.map(name => ({
              label: t(`tab.${name}`),
              href: hrefWith('state', name === 'open' ? '' : name).replace(
                /^\/conflicts\/[^?]*/,
                '/conflicts',
              ),
              current: name === tab,
            }))}
          />
          {study ? (
            <span className={styles.filtered}>
              {t('filtered')} · <Link href="/conflicts">{t('filtered.clear')}</Link>
            </span>
          ) : null}
        </>
      }
    >
      {list.problem ? (
        <ErrorBox title={t('trouble')} trouble={list.problem} onRetry={() => list.readAgain()} />
      ) : !list.items ? (
        <Skeleton lines={6} height={56} />
      ) : rows.length === 0 && !chosen ? (
        <Empty icon={<Split aria-hidden />} title={t(`empty.${tab}`)}>
          {t(`empty.${tab}.text`)}
        </Empty>
      ) : (
        <div className={styles.desk}>
          <nav className={rows.length === 0 ? undefined : styles.list} aria-label={t('list.label')}>
            {rows.map(row => (
              <Row key={row.id} row={row} href={hrefOf(row.id)} current={row.id === chosen} />
            ))}
            {list.hasMore ? (
              <Button busy={list.isReadingMore} onPress={() => void list.readMore()}>
                {t('more')}
              </Button>
            ) : null}
          </nav>
          {chosen ? (
            <Conflict key={chosen} id={chosen} onDecided={decided} />
          ) : (
            <p className="second">{t('choose')}</p>
          )}
        </div>
      )}
    </Page>
  )
}

function Row({ row, href, current }: { row: ConflictRow; href: string; current: boolean }) {
  const t = useWords(words)
  const format = useFormats()
  return (
    <Link href={href} className={`${styles.row} ${current ? styles.current : ''}`} aria-current={current}>
      <span className={styles.top}>
        <b>{nameOf(row) || t('unknown')}</b>
        <Tag tone={row.kind === 'pixels' ? 'late' : 'near'}>{t(`kind.${row.kind}`)}</Tag>
      </span>
      <span className={styles.under}>
        {row.ModalitiesInStudy.join(' ')} {row.StudyDescription} · {t('row.images', { n: row.instances })}
      </span>
      <span className={styles.under} title={format.exact(row.openedAt)}>
        {t('row.from', { source: row.source, time: format.moment(row.openedAt) })}
      </span>
    </Link>
  )
}
