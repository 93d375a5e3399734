import { Link2, Unlink } from 'lucide-react'
import { useState } from 'react'
import type { Mismatch, RequestStudyView, RequestView, StudyCandidate } from '../../node/requests/view.js'
import { useAct, useData } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { DialogFoot } from '../parts/DialogFoot.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { TextArea } from '../parts/Field.js'
import { ReasonDialog } from '../parts/ReasonDialog.js'
import { Skeleton } from '../parts/Skeleton.js'
import { Tag } from '../parts/Tag.js'
import { useFormats } from '../words/format.js'
import { linkWords } from '../words/links-to-studies.js'
import { useWords } from '../words/words.js'
import { useInWords } from './in-words.js'
import styles from './Links.module.css'

/** What two things say otherwise, each by its name and with both words. */
export function Differences({ differences }: { differences: Mismatch[] }) {
  const t = useWords(linkWords)
  if (differences.length === 0) return <Tag tone="ok">{t('same')}</Tag>
  return (
    <ul className={styles.differences}>
      {differences.map(({ what, asked, found }) => (
        <li key={what}>
          <Tag tone="gap">{t(`what.${what}`)}</Tag>{' '}
          <small>{t('differ', { asked: said(asked), found: said(found) })}</small>
        </li>
      ))}
    </ul>
  )
  function said(value: string) {
    return value === 'right' || value === 'left' ? t(`side.${value}`) : value
  }
}

/** A study is chosen from a short list; one that says otherwise than the request needs a reason. */
export function LinkStudy({ request }: { request: RequestView }) {
  const t = useWords(linkWords)
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button size="s" icon={<Link2 aria-hidden="true" />} onPress={() => setOpen(true)}>
        {t('link')}
      </Button>
      {open ? <Choosing request={request} onClose={() => setOpen(false)} /> : null}
    </>
  )
}

function Choosing({ request, onClose }: { request: RequestView; onClose: () => void }) {
  const t = useWords(linkWords)
  const formats = useFormats()
  const inWords = useInWords()
  const [chosen, setChosen] = useState<StudyCandidate>()
  const [reason, setReason] = useState('')
  const found = useData<{ items: StudyCandidate[] }>(
    ['requests', request.id, 'candidates'],
    `/api/requests/${request.id}/candidates`,
  )
  const link = useAct<RequestView>(
    () => ({
      method: 'POST',
      path: `/api/requests/${request.id}/studies`,
      body: {
        StudyInstanceUID: chosen?.StudyInstanceUID,
        ...(reason.trim() ? { reason: reason.trim() } : {}),
      },
    }),
    { refresh: [['requests'], ['studies']], onDone: onClose },
  )
  const asks = (chosen?.differences.length ?? 0) > 0
  return (
    <Dialog
      title={t('title')}
      open
      size="l"
      onClose={onClose}
      foot={
        <DialogFoot
          keep={t('stop')}
          act={t('link')}
          isDisabled={!chosen || (asks && !reason.trim())}
          busy={link.isPending}
          onAct={() => link.mutate()}
          onClose={onClose}
        />
      }
    >
      <p className="second">{t('lead')}</p>
      {found.error ? <ErrorBox trouble={found.error} onRetry={() => void found.refetch()} /> : null}
      {found.isPending ? <Skeleton lines={3} height={40} /> : null}
      {found.data?.items.length === 0 ? <p>{t('none')}</p> : null}
      <ul className={styles.candidates}>
        {found.data?.items.map(study => (
          <li key={study.StudyInstanceUID}>
            <label className={styles.candidate}>
              <input
                type="radio"
                name="study"
                checked={chosen?.StudyInstanceUID === study.StudyInstanceUID}
                onChange={() => setChosen(study)}
              />
              <span>
                <strong>{inWords.study(study)}</strong>{' '}
                <small className="second">
                  {[formats.day(study.date), study.accession, study.patientName.replace(/\^+/g, ' ').trim()]
                    .filter(Boolean)
                    .join(' · ')}
                </small>
                <Differences differences={study.differences} />
              </span>
            </label>
          </li>
        ))}
      </ul>
      {asks ? (
        <TextArea
          label={t('reason')}
          required
          lines={2}
          value={reason}
          onChange={setReason}
          maxLength={4000}
        />
      ) : null}
      {link.error ? <ErrorBox trouble={link.error} /> : null}
    </Dialog>
  )
}

/** Takes a study off again. */
export function UnlinkStudy({ request, study }: { request: string; study: RequestStudyView }) {
  const t = useWords(linkWords)
  const [open, setOpen] = useState(false)
  const unlink = useAct<RequestView, string>(
    reason => ({
      method: 'POST',
      path: `/api/requests/${request}/studies/${study.StudyInstanceUID}/removal`,
      body: { reason },
    }),
    { refresh: [['requests'], ['studies']], onDone: () => setOpen(false) },
  )
  return (
    <>
      <Button
        size="s"
        look="quiet"
        icon={<Unlink aria-hidden="true" />}
        aria-label={t('unlink.of', { study: study.description })}
        onPress={() => setOpen(true)}
      />
      {open ? (
        <ReasonDialog
          title={t('unlink.title')}
          label={t('unlink.reason')}
          hint={t('unlink.hint')}
          act={t('unlink')}
          keep={t('stop')}
          busy={unlink.isPending}
          trouble={unlink.error}
          onAct={reason => unlink.mutate(reason)}
          onClose={() => setOpen(false)}
        >
          <p>{t('unlink.text', { study: study.description })}</p>
        </ReasonDialog>
      ) : null}
    </>
  )
}
