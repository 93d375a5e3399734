import { TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import type { RejectionView, SeriesView, StudyView } from '../../node/studies/view.js'
import { useAct } from '../api/data.js'
import { Dialog } from '../parts/Dialog.js'
import { DialogFoot } from '../parts/DialogFoot.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Checkbox, Choices } from '../parts/Field.js'
import { TextArea } from '../parts/TextArea.js'
import { useToasts } from '../parts/Toast.js'
import { rejections as words } from '../words/rejections.js'
import { useWords } from '../words/words.js'
import styles from './Rejections.module.css'

type Code = RejectionView['code']

const codes: Code[] = ['113037', '113001', '113038', '113039']

/** Series of which something can still be withdrawn. */
export const withdrawable = (study: StudyView): SeriesView[] =>
  study.seriesList.filter(series => left(series) > 0 && series.Modality !== 'KO' && series.Modality !== 'DOC')

/** Nothing is left to look at: all there was has been withdrawn. */
export const isAllWithdrawn = (study: StudyView): boolean =>
  withdrawable(study).length === 0 && study.seriesList.some(series => series.withdrawn > 0)

const left = ({ instances, withdrawn }: SeriesView) => instances - withdrawn

export function RejectDialog({ study, onClose }: { study: StudyView; onClose: () => void }) {
  const t = useWords(words)
  const toasts = useToasts()
  const series = withdrawable(study)
  const [chosen, setChosen] = useState<string[]>(() =>
    series.length === 1 ? series.map(each => each.SeriesInstanceUID) : [],
  )
  const [code, setCode] = useState<Code | ''>('')
  const [text, setText] = useState('')
  const [checked, setChecked] = useState(false)
  const reject = useAct<RejectionView>(
    () => ({
      method: 'POST',
      path: `/api/studies/${study.StudyInstanceUID}/rejections`,
      body: { code, text, series: chosen },
    }),
    {
      refresh: [['studies'], ['transfers'], ['requests']],
      onDone: () => {
        toasts.say({ text: t('said.withdrawn'), tone: 'ok' })
        onClose()
      },
    },
  )
  const faults = {
    series: chosen.length === 0 ? t('fault.series') : undefined,
    code: code === '' ? t('fault.code') : undefined,
    text: text.trim() === '' ? t('fault.text') : undefined,
  }
  const said = (name: keyof typeof faults) => (checked ? faults[name] : undefined)
  const count = series
    .filter(each => chosen.includes(each.SeriesInstanceUID))
    .reduce((sum, each) => sum + left(each), 0)
  const go = () => {
    setChecked(true)
    if (!faults.series && !faults.code && !faults.text) reject.mutate()
  }
  return (
    <Dialog
      title={t('dialog.title')}
      open
      grave
      onClose={onClose}
      foot={
        <DialogFoot
          keep={t('cancel')}
          act={t('dialog.go', { n: count })}
          look="grave"
          busy={reject.isPending}
          onAct={go}
          onClose={onClose}
        />
      }
    >
      <div className={styles.dialog}>
        <fieldset className={styles.series}>
          <legend>{t('dialog.series')}</legend>
          {series.map(each => (
            <Checkbox
              key={each.SeriesInstanceUID}
              value={chosen.includes(each.SeriesInstanceUID)}
              onChange={on =>
                setChosen(before =>
                  on
                    ? [...before, each.SeriesInstanceUID]
                    : before.filter(uid => uid !== each.SeriesInstanceUID),
                )
              }
            >
              {t('dialog.series.of', {
                number: each.SeriesNumber || '–',
                description: each.SeriesDescription || each.Modality,
                n: left(each),
              })}
            </Checkbox>
          ))}
          {said('series') ? <p className={styles.fault}>{said('series')}</p> : null}
        </fieldset>
        <Choices<Code>
          label={t('dialog.reason')}
          required
          value={code}
          onChange={setCode}
          problem={said('code')}
          choices={codes.map(id => ({ id, label: t(`code.${id}`), hint: t(`code.${id}.hint`) }))}
        />
        <TextArea
          label={t('dialog.text')}
          hint={t('dialog.text.hint')}
          required
          maxLength={500}
          value={text}
          onChange={setText}
          problem={said('text')}
        />
        <p className={styles.grave}>
          <TriangleAlert size={16} aria-hidden />
          {t('dialog.grave')}
        </p>
        {reject.error ? <ErrorBox trouble={reject.error} /> : null}
      </div>
    </Dialog>
  )
}
