import { FileDown, Printer } from 'lucide-react'
import type { DowntimeView } from '../../node/downtime/view.js'
import { useAct, useData } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { Empty } from '../parts/Empty.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Page } from '../parts/Page.js'
import { Skeleton } from '../parts/Skeleton.js'
import { Head, Table } from '../parts/Table.js'
import { useToasts } from '../parts/Toast.js'
import { useSession } from '../session.js'
import { NotFound } from '../shell/NotFound.js'
import { downtimeWords as words } from '../words/downtime.js'
import { useFormats } from '../words/format.js'
import { useWords } from '../words/words.js'
import styles from './Downtime.module.css'

/** /downtime: what to print today for when no screen answers. */
export default function Downtime() {
  const { can } = useSession()
  return can('downtime.see') ? <Papers /> : <NotFound />
}

function Papers() {
  const t = useWords(words)
  const formats = useFormats()
  const toasts = useToasts()
  const { can } = useSession()
  const asked = useData<DowntimeView>(['downtime'], '/api/downtime')
  const make = useAct<DowntimeView>(() => ({ method: 'POST', path: '/api/downtime' }), {
    refresh: [['downtime']],
    onDone: view => {
      if (view.items.length > 0) toasts.say({ text: t('made'), tone: 'ok' })
    },
    onProblem: problem => toasts.trouble(problem),
  })
  const view = asked.data
  const button = can('downtime.make') ? (
    <Button busy={make.isPending} onPress={() => make.mutate(undefined)}>
      {t('make')}
    </Button>
  ) : null
  return (
    <Page title={t('title')} actions={view && view.items.length > 0 ? button : null}>
      <p className="second">
        {t('intro')} {t('folder')}
      </p>
      {asked.error ? (
        <ErrorBox title={t('trouble')} trouble={asked.error} onRetry={() => void asked.refetch()} />
      ) : !view ? (
        <Skeleton lines={6} height={44} />
      ) : (
        <>
          {view.nextAt ? (
            <p className="third">{t('next', { time: formats.dateTime(view.nextAt), days: view.keptDays })}</p>
          ) : null}
          {view.items.length === 0 ? (
            <Empty icon={<Printer aria-hidden />} title={t('empty')} action={button}>
              {t('empty.text')}
            </Empty>
          ) : (
            <Table caption={t('caption')}>
              <Head
                columns={[
                  t('column.day'),
                  t('column.what'),
                  t('column.numbers'),
                  { label: t('column.pages'), right: true },
                  t('column.get'),
                ]}
              />
              <tbody>
                {view.items.map(({ id, day, kind, numbers, pages, bytes, file, madeAt }) => (
                  <tr key={id}>
                    <td>
                      {formats.day(day)}
                      <small className={`third ${styles.made}`}>
                        {t('made.at', { time: formats.dateTime(madeAt) })}
                      </small>
                    </td>
                    <td>{t(`kind.${kind}`)}</td>
                    <td>
                      {numbers ? (
                        <>
                          {t('numbers', { first: numbers.first, last: numbers.last })}{' '}
                          <small className="third">
                            {t('entered', { entered: numbers.entered, count: numbers.count })}
                          </small>
                        </>
                      ) : null}
                    </td>
                    <td className={styles.right}>{formats.number(pages)}</td>
                    <td>
                      <a href={`/api/downtime/${id}/pdf`} download={file} className={styles.get}>
                        <FileDown aria-hidden /> {t('download', { size: formats.bytes(bytes) })}
                      </a>
                    </td>
                  </tr>
                ))}
              </tbody>
            </Table>
          )}
        </>
      )}
    </Page>
  )
}
