import {
  Ban,
  Check,
  Copy,
  EyeOff,
  FileX,
  GitCompare,
  ListTree,
  type LucideIcon,
  SearchX,
  TriangleAlert,
  UserX,
} from 'lucide-react'
import type { ImportFileView } from '../../node/imports/view.js'
import { usePages } from '../api/pages.js'
import { Button } from '../parts/Button.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Skeleton } from '../parts/Skeleton.js'
import { Head, Table } from '../parts/Table.js'
import { Tag, type Tone } from '../parts/Tag.js'
import { useFormats } from '../words/format.js'
import { importFiles } from '../words/import-files.js'
import { imports as words } from '../words/imports.js'
import { useWords } from '../words/words.js'
import styles from './Imports.module.css'
import { useWhy } from './why.js'

export const marks: Record<ImportFileView['verdict'], [LucideIcon, Tone]> = {
  readable: [Check, 'ok'],
  duplicate: [Copy, 'plain'],
  'already-here': [Copy, 'accent'],
  conflict: [GitCompare, 'late'],
  'other-patient': [UserX, 'late'],
  rejected: [Ban, 'near'],
  'rejection-note': [Ban, 'plain'],
  directory: [ListTree, 'plain'],
  'not-dicom': [FileX, 'plain'],
  unreadable: [TriangleAlert, 'near'],
  missing: [SearchX, 'gap'],
}
const verdicts = Object.keys(marks) as ImportFileView['verdict'][]

/** How many files of each verdict; what is wrong is coloured, and says so in words. */
export function Verdicts({ verdicts: counts }: { verdicts: Record<string, number> }) {
  const t = useWords(words)
  const format = useFormats()
  return (
    <ul className={styles.verdicts}>
      {verdicts
        .filter(verdict => (counts[verdict] ?? 0) > 0)
        .map(verdict => {
          const [Icon, tone] = marks[verdict]
          const n = counts[verdict] ?? 0
          return (
            <li key={verdict} className={styles[tone]}>
              <Icon size={14} aria-hidden /> <b>{format.number(n)}</b>{' '}
              <span>{t(`verdict.${verdict}`, { n })}</span>
            </li>
          )
        })}
    </ul>
  )
}

/** Every file with its verdict; `only`: those with which something is wrong. */
export function FileTable({ id, only }: { id: string; only?: 'faults' }) {
  const say = useWhy()
  const t = useWords(words)
  const f = useWords(importFiles)
  const format = useFormats()
  const list = usePages<ImportFileView>(
    ['imports'],
    `/api/imports/${id}/files?limit=${only ? 1000 : 200}${only ? `&only=${only}` : ''}`,
  )
  if (list.problem) return <ErrorBox trouble={list.problem} onRetry={() => list.readAgain()} />
  if (!list.items) return <Skeleton lines={5} />
  return (
    <div className={styles.list}>
      <Table caption={t('files.caption')} dense>
        <Head
          columns={[
            t('files.path'),
            { label: t('files.size'), right: true },
            t('files.verdict'),
            t('files.listed'),
            t('files.why'),
          ]}
        />
        <tbody>
          {list.items.map(file => {
            const [Icon, tone] = marks[file.verdict]
            return (
              <tr key={file.number}>
                <th scope="row" className={`code ${styles.path}`}>
                  {file.path}
                </th>
                <td className={styles.right}>
                  {file.verdict === 'missing' ? '–' : format.bytes(file.bytes)}
                </td>
                <td>
                  <span className="row">
                    <Tag tone={tone} icon={<Icon aria-hidden />}>
                      {f(`file.${file.verdict}`)}
                    </Tag>
                    {file.outcome ? (
                      <Tag
                        tone={file.outcome === 'taken' ? 'ok' : file.outcome === 'refused' ? 'late' : 'plain'}
                        icon={
                          file.outcome === 'taken' ? (
                            <Check aria-hidden />
                          ) : file.outcome === 'refused' ? (
                            <TriangleAlert aria-hidden />
                          ) : (
                            <EyeOff aria-hidden />
                          )
                        }
                      >
                        {f(`outcome.${file.outcome}`)}
                      </Tag>
                    ) : null}
                  </span>
                </td>
                <td className="second">
                  {file.listed === undefined
                    ? '–'
                    : file.listed
                      ? t('files.listed.yes')
                      : t('files.listed.no')}
                </td>
                <td className={styles.why}>
                  {[say(file.why, file.reason), say(file.outcomeWhy, file.outcomeReason)]
                    .filter(Boolean)
                    .join(' · ')}
                </td>
              </tr>
            )
          })}
        </tbody>
      </Table>
      {list.hasMore ? (
        <div className={styles.foot}>
          <Button size="s" busy={list.isReadingMore} onPress={() => void list.readMore()}>
            {t('more')}
          </Button>
        </div>
      ) : null}
    </div>
  )
}
