import { Images as ImagesIcon, Search } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Link } from 'wouter'
import type { ListView } from '../../node/requests/view.js'
import type { SiteView } from '../../node/sites/view.js'
import type { StudyRow } from '../../node/studies/view.js'
import { pathOf } from '../api/call.js'
import { useData } from '../api/data.js'
import { usePages } from '../api/pages.js'
import { useAddress } from '../api/url.js'
import { Button, ButtonLink } from '../parts/Button.js'
import { Empty } from '../parts/Empty.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { TextField } from '../parts/Field.js'
import { Page } from '../parts/Page.js'
import { Select } from '../parts/Select.js'
import { Skeleton } from '../parts/Skeleton.js'
import { Head, Table } from '../parts/Table.js'
import { useSession } from '../session.js'
import { useFormats } from '../words/format.js'
import { studies as words } from '../words/studies.js'
import { useWords } from '../words/words.js'
import { Images } from './Images.js'
import { birthOf, nameOf } from './patient.js'
import styles from './Studies.module.css'

const modalities = ['CT', 'MR', 'CR', 'DX', 'US', 'MG', 'PT', 'NM', 'XA', 'RF'] as const

/** /studies?q&site&modality */
export function StudyList() {
  const t = useWords(words)
  const { can } = useSession()
  const address = useAddress()
  const q = address.get('q')
  const site = address.get('site')
  const modality = address.get('modality')
  const list = usePages<StudyRow>(['studies'], pathOf('/api/studies', { q, site, modality, limit: 50 }))
  const sites = useData<ListView<SiteView>>(['sites'], '/api/sites')
  const filtered = q !== '' || site !== '' || modality !== ''

  return (
    <Page
      title={t('title')}
      actions={
        can('study.search') ? (
          <ButtonLink href="/studies/search" icon={<Search aria-hidden />}>
            {t('search.pacs')}
          </ButtonLink>
        ) : undefined
      }
      filters={
        <>
          <SearchBox value={q} onChange={next => address.set({ q: next }, { replace: true })} />
          <Select
            label={t('filter.modality')}
            hideLabel
            value={modality || 'any'}
            onChange={id => address.set({ modality: id === 'any' ? '' : id })}
            options={[
              { id: 'any', label: t('filter.modalities') },
              ...modalities.map(id => ({ id, label: t(`modality.${id}`), hint: id })),
            ]}
          />
          {sites.data && sites.data.items.length > 1 ? (
            <Select
              label={t('filter.site')}
              hideLabel
              value={site || 'any'}
              onChange={id => address.set({ site: id === 'any' ? '' : id })}
              options={[
                { id: 'any', label: t('filter.sites') },
                ...sites.data.items.map(each => ({ id: each.id, label: each.name })),
              ]}
            />
          ) : null}
        </>
      }
    >
      {list.problem ? (
        <ErrorBox title={t('trouble')} trouble={list.problem} onRetry={() => list.readAgain()} />
      ) : !list.items ? (
        <Skeleton lines={7} height={40} />
      ) : list.items.length === 0 ? (
        <Empty
          icon={<ImagesIcon aria-hidden />}
          title={t(filtered ? 'empty.filtered' : 'empty.title')}
          action={
            filtered ? (
              <Button onPress={() => address.set({ q: '', site: '', modality: '' })}>
                {t('empty.clear')}
              </Button>
            ) : undefined
          }
        >
          {t(filtered ? 'empty.filtered.text' : 'empty.text')}
        </Empty>
      ) : (
        <StudyTable rows={list.items} />
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

/** Asks while one types, but not at every letter. */
const typingMs = 220

function SearchBox({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const t = useWords(words)
  const [typed, setTyped] = useState(value)
  useEffect(() => setTyped(value), [value])
  useEffect(() => {
    if (typed === value) return
    const timer = setTimeout(() => onChange(typed.trim()), typingMs)
    return () => clearTimeout(timer)
  }, [typed])
  return (
    <div className={styles.search}>
      <TextField
        label={t('search')}
        hideLabel
        type="search"
        placeholder={t('search')}
        before={<Search aria-hidden />}
        value={typed}
        onChange={setTyped}
        autoComplete="off"
        spellCheck={false}
      />
    </div>
  )
}

function StudyTable({ rows }: { rows: StudyRow[] }) {
  const t = useWords(words)
  const { can } = useSession()
  return (
    <div className={`${styles.list} ${styles.stack}`}>
      <Table caption={t('caption')}>
        <Head
          columns={[
            t('column.patient'),
            t('column.exam'),
            t('column.date'),
            t('column.images'),
            t('column.site'),
            { label: t('column.actions'), hidden: true },
          ]}
        />
        <tbody>
          {rows.map(row => (
            <Row key={row.StudyInstanceUID} row={row} mayOpen={can('viewer.open')} />
          ))}
        </tbody>
      </Table>
    </div>
  )
}

function Row({ row, mayOpen }: { row: StudyRow; mayOpen: boolean }) {
  const t = useWords(words)
  const format = useFormats()
  const name = nameOf(row)
  return (
    <tr>
      <th scope="row" className={styles.who}>
        <Link href={`/studies/${row.StudyInstanceUID}`}>{name || t('unknown')}</Link>
        <span className={styles.under}>{birthOf(row, format, sex => t(`sex.${sex}`))}</span>
      </th>
      <td>
        <span className={styles.modality}>{row.ModalitiesInStudy.join(' ')}</span>{' '}
        {row.StudyDescription || <span className="third">{t('undescribed')}</span>}
        {row.AccessionNumber ? <span className={styles.under}>{row.AccessionNumber}</span> : null}
      </td>
      <td>
        {format.day(row.StudyDate)}
        <span className={styles.under} title={format.exact(row.firstReceivedAt)}>
          {t('received.at', { time: format.moment(row.firstReceivedAt) })}
        </span>
      </td>
      <td className={styles.images}>
        <Images images={row.completeness} />
      </td>
      <td>{row.siteName}</td>
      <td className={styles.last}>
        {mayOpen ? (
          <ButtonLink
            size="s"
            href={`/viewer/${row.StudyInstanceUID}`}
            icon={<ImagesIcon aria-hidden />}
            aria-label={t('images.of', { name })}
          >
            {t('images')}
          </ButtonLink>
        ) : null}
      </td>
    </tr>
  )
}
