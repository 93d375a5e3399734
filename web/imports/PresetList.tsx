import { Plus, SlidersHorizontal } from 'lucide-react'
import { Link } from 'wouter'
import type { PresetView } from '../../node/imports/view.js'
import { useActions } from '../parts/Actions.js'
import { ButtonLink } from '../parts/Button.js'
import { Empty } from '../parts/Empty.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Skeleton } from '../parts/Skeleton.js'
import { Head, Table } from '../parts/Table.js'
import { useSession } from '../session.js'
import { presets as words } from '../words/presets.js'
import { useWords } from '../words/words.js'
import styles from './Presets.module.css'
import { usePresetList } from './presets.js'

/** The presets of the site, or of all sites; `base` is where they stand: each has its page below it. */
export function PresetList({ base, go }: { base: string; go: (to: string) => void }) {
  const t = useWords(words)
  const { can } = useSession()
  const { items, problem, refetch } = usePresetList()
  const may = can('preset.change')
  useActions([
    may && {
      id: 'preset-new',
      group: t('tab'),
      label: t('new'),
      keys: 'n',
      run: () => go(`${base}/new`),
    },
  ])
  const add = may ? (
    <ButtonLink href={`${base}/new`} keys="N" icon={<Plus aria-hidden />}>
      {t('new')}
    </ButtonLink>
  ) : null
  if (problem) return <ErrorBox title={t('trouble')} trouble={problem} onRetry={refetch} />
  if (!items) return <Skeleton lines={4} height={44} />
  if (items.length === 0)
    return (
      <Empty icon={<SlidersHorizontal aria-hidden />} title={t('none.title')} action={add}>
        {t('none.text')}
      </Empty>
    )
  const hasSites = new Set(items.map(({ site }) => site)).size > 1
  return (
    <>
      <div className="row">
        <p className="second">{t('intro')}</p>
        <span className="push">{add}</span>
      </div>
      <div className={styles.list}>
        <Table caption={t('caption')}>
          <Head
            columns={[
              t('column.name'),
              ...(hasSites ? [t('column.site')] : []),
              t('column.to'),
              t('column.left'),
              t('column.request'),
            ]}
          />
          <tbody>
            {items.map(preset => (
              <Row key={preset.id} preset={preset} base={base} may={may} hasSites={hasSites} />
            ))}
          </tbody>
        </Table>
      </div>
    </>
  )
}

function Row({
  preset,
  base,
  may,
  hasSites,
}: {
  preset: PresetView
  base: string
  may: boolean
  hasSites: boolean
}) {
  const t = useWords(words)
  const { id, leaveOut, name, request, site, to } = preset
  const left = [
    ...leaveOut.kinds.map(kind => t(`why.kind.${kind}`)),
    ...leaveOut.modalities,
    ...leaveOut.descriptions.map(value => `« ${value} »`),
  ]
  return (
    <tr>
      <th scope="row">
        {may ? <Link href={`${base}/${encodeURIComponent(id)}`}>{name || id}</Link> : name || id}
        {name && name !== id ? <span className={styles.under}>{id}</span> : null}
      </th>
      {hasSites ? <td>{site}</td> : null}
      <td>{to.length > 0 ? to.join(', ') : <span className="third">{t('nowhere')}</span>}</td>
      <td>{left.length > 0 ? left.join(', ') : <span className="third">{t('nothing')}</span>}</td>
      <td>
        {request ? (
          `${t(`request.${request.kind}`)} · ${t(`urgency.${request.urgency}`)}`
        ) : (
          <span className="third">{t('request.none')}</span>
        )}
      </td>
    </tr>
  )
}
