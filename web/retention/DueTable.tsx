import { useState } from 'react'
import type { RetentionActView } from '../../node/archive/view.js'
import { useAct } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { ReasonDialog } from '../parts/ReasonDialog.js'
import { Head, Table } from '../parts/Table.js'
import { Tag } from '../parts/Tag.js'
import { useToasts } from '../parts/Toast.js'
import { useSession } from '../session.js'
import { useSiteName } from '../sites/site-name.js'
import { useFormats } from '../words/format.js'
import { knownKey } from '../words/known.js'
import { retentionWords as words } from '../words/retention.js'
import { useWords } from '../words/words.js'
import styles from './Retention.module.css'
import { useRefusal } from './refusals.js'

/** Each act with its day, the reason of the day, and what holds it. */
export function DueTable({
  items,
  onMark,
}: {
  items: readonly RetentionActView[]
  onMark: (act: RetentionActView) => void
}) {
  const t = useWords(words)
  const formats = useFormats()
  const siteName = useSiteName()
  const { can } = useSession()
  const [proposing, setProposing] = useState<{ act: RetentionActView; what: 'act' | 'images' } | null>(null)
  const today = new Date().toISOString().slice(0, 10)
  const because = ({ because, died }: RetentionActView) => {
    const key = knownKey(words, 'because.', because)
    return key ? t(key, { day: died ? formats.day(died) : '' }) : because
  }
  return (
    <>
      <Table caption={t('due.caption')}>
        <Head
          columns={[
            t('column.reference'),
            t('column.site'),
            t('column.contact'),
            t('column.from'),
            t('column.images'),
            t('column.holds'),
            ...(can('retention.mark') ? [t('column.do')] : []),
          ]}
        />
        <tbody>
          {items.map(act => (
            <tr key={act.request}>
              <td className="code">{act.reference}</td>
              <td>{siteName(act.site)}</td>
              <td>{formats.day(act.lastContact)}</td>
              <td>
                {formats.day(act.from)}
                <span className={styles.under}>{because(act)}</span>
              </td>
              <td>
                {act.imagesFrom ? t('images.from', { n: act.images, day: formats.day(act.imagesFrom) }) : '–'}
                {act.promised ? (
                  <span className={styles.under}>{t('images.promised', { n: act.promised })}</span>
                ) : null}
              </td>
              <td>
                <span className={styles.tags}>
                  {act.holds.map(hold => (
                    <Tag key={hold} tone="late">
                      {t(`hold.${hold}`)}
                    </Tag>
                  ))}
                  {act.proposals.some(({ what, state }) => what === 'act' && state !== 'withdrawn') ? (
                    <Tag tone="near">{t('proposed')}</Tag>
                  ) : act.holds.length === 0 ? (
                    <span className="third">{t('free')}</span>
                  ) : null}
                </span>
              </td>
              {can('retention.mark') ? (
                <td>
                  <span className={styles.do}>
                    <Button size="s" onPress={() => onMark(act)}>
                      {t('mark')}
                    </Button>
                    {act.proposals.length === 0 && act.holds.length === 0 && act.from <= today ? (
                      <Button size="s" look="grave" onPress={() => setProposing({ act, what: 'act' })}>
                        {t('propose')}
                      </Button>
                    ) : act.proposals.length === 0 &&
                      act.imageHolds?.length === 0 &&
                      (act.imagesFrom ?? '9') <= today ? (
                      <Button size="s" look="grave" onPress={() => setProposing({ act, what: 'images' })}>
                        {t('propose.images')}
                      </Button>
                    ) : null}
                  </span>
                </td>
              ) : null}
            </tr>
          ))}
        </tbody>
      </Table>
      {proposing ? <Propose {...proposing} onClose={() => setProposing(null)} /> : null}
    </>
  )
}

function Propose({
  act,
  what,
  onClose,
}: {
  act: RetentionActView
  what: 'act' | 'images'
  onClose: () => void
}) {
  const t = useWords(words)
  const toasts = useToasts()
  const refusal = useRefusal()
  const propose = useAct<unknown, string>(
    reason => ({
      method: 'POST',
      path: '/api/archive/destructions',
      body: { act: act.request, what, reason },
    }),
    {
      refresh: [['retention']],
      onDone: () => {
        onClose()
        toasts.say({ text: t('propose.done'), tone: 'ok' })
      },
    },
  )
  const { reference } = act
  return (
    <ReasonDialog
      title={what === 'act' ? t('propose.title', { reference }) : t('propose.title.images', { reference })}
      label={t('mark.reason')}
      hint={t('mark.reason.hint')}
      act={t('propose.act')}
      keep={t('cancel')}
      busy={propose.isPending}
      trouble={propose.error}
      words={refusal(propose.error, 'propose.twice')}
      onAct={reason => propose.mutate(reason)}
      onClose={onClose}
    >
      <p>{what === 'act' ? t('propose.text') : t('propose.text.images')}</p>
    </ReasonDialog>
  )
}
