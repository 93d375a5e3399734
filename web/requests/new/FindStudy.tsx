import { Search } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { ListView } from '../../../node/requests/view.js'
import type { StudyRow, StudySearchView } from '../../../node/studies/view.js'
import { pathOf } from '../../api/call.js'
import { useData } from '../../api/data.js'
import { Button } from '../../parts/Button.js'
import { ErrorBox } from '../../parts/ErrorBox.js'
import { TextField } from '../../parts/Field.js'
import { Select } from '../../parts/Select.js'
import { Skeleton } from '../../parts/Skeleton.js'
import { useFormats } from '../../words/format.js'
import { newRequestWords } from '../../words/new-request.js'
import { useWords } from '../../words/words.js'
import { useInWords } from '../in-words.js'
import styles from './FindStudy.module.css'
import { type FoundStudy, mixesPatients } from './form.js'
import { StudyChoice } from './StudyChoice.js'

const modalities = ['CT', 'MR', 'DX', 'CR', 'US', 'MG', 'PT', 'NM', 'XA']
const blank = { PatientName: '', PatientID: '', AccessionNumber: '', StudyDate: '', modality: '' }

/** Step 1: the study, from the site's PACS (C-FIND) or from what has arrived; or none yet. */
export function FindStudy({
  site,
  siteName,
  chosen,
  onChoose,
  onContinue,
}: {
  site: string
  siteName: string
  chosen: FoundStudy[]
  onChoose: (studies: FoundStudy[]) => void
  onContinue: (studies: FoundStudy[]) => void
}) {
  const t = useWords(newRequestWords)
  const formats = useFormats()
  const inWords = useInWords()
  const [asked, setAsked] = useState(blank)
  const [sent, setSent] = useState<typeof blank | null>(null)
  const [empty, setEmpty] = useState(false)

  const search = useData<StudySearchView>(
    ['studies', 'search'],
    sent
      ? pathOf('/api/studies/search', {
          site,
          PatientID: sent.PatientID.trim(),
          PatientName: sent.PatientName.trim(),
          AccessionNumber: sent.AccessionNumber.trim(),
          StudyDate: sent.StudyDate.replaceAll('-', ''),
          modality: sent.modality,
        })
      : null,
  )
  const received = useData<ListView<StudyRow>>(
    ['studies', 'list'],
    pathOf('/api/studies', { site, limit: 20 }),
  )

  const submit = (event: FormEvent) => {
    event.preventDefault()
    const any = Object.values(asked).some(value => value.trim())
    setEmpty(!any)
    if (any) setSent({ ...asked })
  }
  const set = (name: keyof typeof blank) => (value: string) => setAsked(now => ({ ...now, [name]: value }))
  const toggle = (study: FoundStudy) => {
    const has = chosen.some(one => one.StudyInstanceUID === study.StudyInstanceUID)
    onChoose(has ? chosen.filter(one => one.StudyInstanceUID !== study.StudyInstanceUID) : [...chosen, study])
  }
  const mixed = mixesPatients(chosen)

  const secondsOf = (ms: number) => `${formats.number(Math.round(ms / 100) / 10)} s`
  const items = search.data?.items
  const here: FoundStudy[] = received.data?.items.map(row => ({ ...row, here: true })) ?? []

  return (
    <>
      <section className="card">
        <p className={styles.lead}>{t('find.lead')}</p>
        <search>
          <form className={styles.form} onSubmit={submit}>
            <TextField
              label={t('find.name')}
              placeholder={t('find.name.hint')}
              value={asked.PatientName}
              onChange={set('PatientName')}
              autoComplete="off"
              autoFocus
            />
            <TextField
              label={t('find.patientId')}
              value={asked.PatientID}
              onChange={set('PatientID')}
              autoComplete="off"
            />
            <TextField
              label={t('find.accession')}
              value={asked.AccessionNumber}
              onChange={set('AccessionNumber')}
              autoComplete="off"
            />
            <TextField
              label={t('find.date')}
              type="date"
              value={asked.StudyDate}
              onChange={set('StudyDate')}
            />
            <Select
              label={t('find.modality')}
              value={asked.modality || 'any'}
              onChange={id => set('modality')(id === 'any' ? '' : id)}
              options={[
                { id: 'any', label: t('find.anyModality') },
                ...modalities.map(code => ({ id: code, label: inWords.modalityChoice(code) })),
              ]}
            />
            <Button
              type="submit"
              look="go"
              icon={<Search aria-hidden="true" />}
              busy={search.isFetching && !!sent}
            >
              {t('find.submit')}
            </Button>
          </form>
        </search>
        {empty ? (
          <p className={styles.empty} role="alert">
            {t('find.nothing')}
          </p>
        ) : null}
        {sent ? (
          <div className={styles.results} aria-live="polite">
            {search.error ? (
              <ErrorBox trouble={search.error} onRetry={() => void search.refetch()} />
            ) : search.isPending ? (
              <>
                <p className="second">{t('find.searching')}</p>
                <Skeleton lines={3} height={32} />
              </>
            ) : (
              <>
                <h2>{t('find.found', { n: items?.length ?? 0 })}</h2>
                <ul className={styles.peers}>
                  {search.data?.peers.length === 0 ? <li>{t('peer.none')}</li> : null}
                  {search.data?.peers.map(peer => (
                    <li
                      key={peer.peer}
                      className={
                        peer.outcome === 'refused' || peer.outcome === 'no-answer' ? styles.silent : ''
                      }
                    >
                      {t(`peer.${peer.outcome}`, {
                        peer: peer.peer,
                        n: items?.filter(item => item.peer === peer.peer).length ?? 0,
                        time: secondsOf(peer.ms),
                        reason: peer.reason ?? '',
                      })}
                    </li>
                  ))}
                </ul>
                {items && items.length > 0 ? (
                  <StudyChoice
                    caption={t('find.table')}
                    studies={items}
                    chosen={chosen}
                    onToggle={toggle}
                    where={study =>
                      'peer' in study && !study.here
                        ? t('where.pacs', { peer: String(study.peer) })
                        : t('where.here')
                    }
                  />
                ) : (
                  <p className="second">{t('find.found.text')}</p>
                )}
              </>
            )}
          </div>
        ) : null}
      </section>

      <section className="card">
        <h2>{t('find.received')}</h2>
        <p className={styles.lead}>{t('find.received.text', { site: siteName })}</p>
        {received.error ? (
          <ErrorBox trouble={received.error} onRetry={() => void received.refetch()} />
        ) : null}
        {received.isPending ? <Skeleton lines={3} height={32} /> : null}
        {received.data && here.length === 0 ? <p className="third">{t('find.received.none')}</p> : null}
        {here.length > 0 ? (
          <StudyChoice
            caption={t('find.received')}
            studies={here}
            chosen={chosen}
            onToggle={toggle}
            where={() => t('where.here')}
          />
        ) : null}
      </section>

      <div className={styles.foot}>
        <span className={styles.without}>
          <Button onPress={() => onContinue([])}>{t('find.without')}</Button>
          <small>{t('find.without.hint')}</small>
        </span>
        {mixed ? (
          <p className={styles.mixed} role="alert">
            {t('find.mixed')}
          </p>
        ) : chosen.length > 0 ? (
          <span className="second" role="status">
            {t('find.chosen', { n: chosen.length })}
          </span>
        ) : null}
        <Button look="go" isDisabled={chosen.length === 0 || mixed} onPress={() => onContinue(chosen)}>
          {t('find.continue')}
        </Button>
      </div>
    </>
  )
}
