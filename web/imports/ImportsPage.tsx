import { Disc3 } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'
import { Link, useLocation } from 'wouter'
import type { ImportRow } from '../../node/imports/view.js'
import { usePages } from '../api/pages.js'
import { InboxList } from '../inbox/InboxList.js'
import { Bar } from '../parts/Bar.js'
import { Button } from '../parts/Button.js'
import { Empty } from '../parts/Empty.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Page } from '../parts/Page.js'
import { Select } from '../parts/Select.js'
import { Skeleton } from '../parts/Skeleton.js'
import { Head, Table } from '../parts/Table.js'
import { Tabs } from '../parts/Tabs.js'
import { useSession } from '../session.js'
import { useFormats } from '../words/format.js'
import { imports as words } from '../words/imports.js'
import { inboxWords } from '../words/inbox.js'
import { keeping } from '../words/keeping.js'
import { presets as presetWords } from '../words/presets.js'
import { useWords } from '../words/words.js'
import { DropZone } from './DropZone.js'
import styles from './Imports.module.css'
import { PresetList } from './PresetList.js'
import { type Picked, pickedOf } from './picked.js'
import { usePresets } from './presets.js'
import { StateMark } from './StateMark.js'
import { UploadList } from './UploadList.js'
import { startUpload, useUploads } from './uploads.js'
import { useWhy } from './why.js'

const LOOK_AGAIN_MS = 2_000
const moving = new Set<ImportRow['state']>(['uploading', 'reading', 'taking'])

/** /imports and /imports/presets: what comes in, and what each desk does with it. */
export function ImportsPage() {
  const p = useWords(presetWords)
  const w = useWords(inboxWords)
  const t = useWords(words)
  const { can } = useSession()
  const [here, go] = useLocation()
  if (!can('preset.see')) return <Discs tabs={null} />
  const isPresets = here === '/imports/presets'
  const isLinks = here === '/imports/links'
  const tabs = (
    <Tabs
      label={p('parts')}
      tabs={[
        { label: p('tab.discs'), href: '/imports', current: !isPresets && !isLinks },
        ...(can('inbox.see') ? [{ label: w('tab'), href: '/imports/links', current: isLinks }] : []),
        { label: p('tab'), href: '/imports/presets', current: isPresets },
      ]}
    />
  )
  if (isLinks)
    return (
      <Page title={t('title')} filters={tabs}>
        <InboxList />
      </Page>
    )
  return isPresets ? (
    <Page title={t('title')} filters={tabs}>
      <PresetList base="/imports/presets" go={go} />
    </Page>
  ) : (
    <Discs tabs={tabs} />
  )
}

/** Where discs come in, and what became of those that came. */
function Discs({ tabs }: { tabs: ReactNode }) {
  const t = useWords(words)
  const { session, can } = useSession()
  const [, go] = useLocation()
  const { presets, chosen, isKnown, problem, refetch, choose, none } = usePresets()
  const [waiting, wait] = useState<Picked[]>([])
  const uploads = useUploads()
  const list = usePages<ImportRow>(['imports'], '/api/imports?limit=50')
  const { id: account, site } = session.account

  const { readAgain } = list
  const isMoving = (list.items ?? []).some(({ state }) => moving.has(state))
  // How far a disc is has no place in the journal, so the live line does not tell of it.
  useEffect(() => {
    if (!isMoving) return
    const timer = setInterval(() => void readAgain(), LOOK_AGAIN_MS)
    return () => clearInterval(timer)
  }, [isMoving, readAgain])

  // A disc goes where this desk sends its discs: what is dropped before that is known waits for it.
  useEffect(() => {
    if (!isKnown || waiting.length === 0) return
    wait([])
    // One disc: it is what one wants to see next. Several: the list is.
    const alone = waiting.length === 1 && uploads.every(({ state }) => state === 'done')
    for (const each of waiting)
      startUpload(each, { account, site, preset: chosen?.id ?? null }, id => {
        void readAgain()
        if (alone && location.pathname === '/imports') go(`/imports/${id}`)
      })
  }, [isKnown, waiting, uploads, account, site, chosen, readAgain, go])

  return (
    <Page
      title={t('title')}
      filters={tabs}
      actions={
        can('import.create') && presets.length > 0 ? (
          <Select
            label={t('preset.label')}
            value={chosen?.id ?? none}
            onChange={choose}
            options={[
              ...presets.map(({ id, name, to }) => ({
                id,
                label: name || id,
                ...(to.length > 0 ? { hint: t('preset.to', { to: to.join(', ') }) } : {}),
              })),
              { id: none, label: t('preset.none'), hint: t('preset.none.hint') },
            ]}
          />
        ) : null
      }
    >
      {can('import.create') ? (
        <DropZone onFound={found => wait(before => [...before, ...pickedOf(found, t('together'))])} />
      ) : null}
      {problem && !isKnown ? (
        <ErrorBox title={t('trouble')} trouble={problem} onRetry={() => void refetch()} />
      ) : null}
      <UploadList uploads={uploads} />
      {list.problem ? (
        <ErrorBox title={t('trouble')} trouble={list.problem} onRetry={() => list.readAgain()} />
      ) : !list.items ? (
        <Skeleton lines={6} height={44} />
      ) : list.items.length === 0 ? (
        <Empty icon={<Disc3 aria-hidden />} title={t('empty.title')}>
          {t('empty.text')}
        </Empty>
      ) : (
        <div className={styles.list}>
          <Table caption={t('caption')}>
            <Head
              columns={[
                t('column.state'),
                t('column.disc'),
                { label: t('column.files'), right: true },
                { label: t('column.taken'), right: true },
                t('column.who'),
                t('column.when'),
              ]}
            />
            <tbody>
              {list.items.map(row => (
                <Row key={row.id} row={row} />
              ))}
            </tbody>
          </Table>
        </div>
      )}
      {list.hasMore ? (
        <div>
          <Button busy={list.isReadingMore} onPress={() => void list.readMore()}>
            {t('more')}
          </Button>
        </div>
      ) : null}
    </Page>
  )
}

function Row({ row }: { row: ImportRow }) {
  const w = useWords(inboxWords)
  const say = useWhy()
  const t = useWords(words)
  const k = useWords(keeping)
  const format = useFormats()
  const { bytes, state } = row
  return (
    <tr>
      <td>
        <StateMark disc={row} />
      </td>
      <th scope="row" className={styles.disc}>
        <Link href={`/imports/${row.id}`}>{row.label || row.name || row.id}</Link>
        <span className={styles.under}>
          {[
            row.label && row.label !== row.name ? row.name : '',
            row.medium ? t(`medium.${row.medium}`) : '',
            format.bytes(bytes.total),
            row.preset ?? '',
            row.sender ? w('sent.title') : '',
          ]
            .filter(Boolean)
            .join(' · ')}
        </span>
        {state === 'uploading' ? (
          <>
            <span className={styles.under}>
              {t('row.arrived', { there: format.bytes(bytes.there), total: format.bytes(bytes.total) })}
            </span>
            <Bar value={bytes.there} of={bytes.total} />
          </>
        ) : null}
        {row.keptUntil ? (
          <span className={styles.under} title={format.exact(row.keptUntil)}>
            {k(row.finishedAt && state !== 'failed' ? 'kept.done' : 'kept.undecided', {
              time: format.dateTime(row.keptUntil),
            })}
          </span>
        ) : null}
        {row.failedTo ? (
          <span className={styles.refused}>{k('sending.failed.to', { peers: row.failedTo.join(', ') })}</span>
        ) : null}
        {row.reason ? <span className={styles.refused}>{say(row.why, row.reason)}</span> : null}
      </th>
      <td className={styles.right}>{format.number(row.files)}</td>
      <td className={styles.right}>
        {row.decidedAt ? format.number(row.taken) : '–'}
        {row.refused > 0 ? (
          <span className={styles.refused}>{t('row.refused', { n: row.refused })}</span>
        ) : null}
      </td>
      <td>{row.decidedBy && row.decidedBy !== row.by ? `${row.by} → ${row.decidedBy}` : row.by}</td>
      <td title={format.exact(row.createdAt)}>{format.moment(row.createdAt)}</td>
    </tr>
  )
}
