import { useId } from 'react'
import type { ContractView, SiteView } from '../../../node/sites/view.js'
import { Button } from '../../parts/Button.js'
import { Choices, TextField } from '../../parts/Field.js'
import { Select } from '../../parts/Select.js'
import { OnDuty } from '../../rosters/OnDuty.js'
import { useSession } from '../../session.js'
import { useFormats } from '../../words/format.js'
import { useLanguage } from '../../words/words.js'
import { useInWords } from '../in-words.js'
import styles from './Form.module.css'
import { Group } from './Group.js'
import { isPaired, regionNames } from './region.js'
import { type FormPart, useFields } from './use-fields.js'

const modalities = ['CT', 'MR', 'DX', 'CR', 'US', 'MG', 'PT', 'NM', 'XA', 'OT']

/** What is to be read, how soon, on which side, and by whom. */
export function ExamGroup({
  contracts,
  sites,
  onChangeStudy,
  ...part
}: FormPart & { contracts: ContractView[]; sites: SiteView[]; onChangeStudy?: () => void }) {
  const { form, set } = part
  const { t, problemAt, text } = useFields(part)
  const formats = useFormats()
  const inWords = useInWords()
  const { language } = useLanguage()
  const regions = useId()
  const { session } = useSession()
  const readers = contracts.map(contract => ({
    id: contract.reading,
    label: sites.find(site => site.id === contract.reading)?.name ?? contract.reading,
  }))
  return (
    <Group title={t('group.exam')}>
      <div className={styles.studies}>
        {form.studies.length === 0 ? <span className="second">{t('study.none')}</span> : null}
        {form.studies.map(study => (
          <span key={study.StudyInstanceUID}>
            <strong>
              {inWords.study({
                modality: study.ModalitiesInStudy[0] ?? '',
                description: study.StudyDescription,
              })}
            </strong>{' '}
            <span className="second">
              {[formats.day(study.StudyDate), study.AccessionNumber].filter(Boolean).join(' · ')}
            </span>
          </span>
        ))}
        {onChangeStudy ? (
          <Button size="s" look="quiet" onPress={onChangeStudy}>
            {t('study.change')}
          </Button>
        ) : null}
      </div>
      <Choices
        label={t('urgency')}
        required
        value={form.urgency}
        onChange={urgency => set({ urgency })}
        problem={problemAt('urgency')}
        choices={(['emergency', 'urgent', 'routine'] as const).map(id => ({
          id,
          label: t(`urgency.${id}`),
          hint: t(`urgency.${id}.hint`),
        }))}
      />
      <div className={styles.three}>
        <Select
          label={t('modality')}
          required
          value={form.modality}
          placeholder="–"
          onChange={modality => set({ modality })}
          problem={problemAt('modality')}
          options={modalities.map(code => ({ id: code, label: inWords.modalityChoice(code) }))}
        />
        <TextField
          label={t('region')}
          hint={t('region.hint')}
          required
          list={regions}
          {...text('region', 'region')}
        />
        <TextField label={t('accession')} optional {...text('accession', 'accession')} />
      </div>
      <datalist id={regions} hidden>
        {regionNames(language).map(name => (
          <option key={name} value={name} />
        ))}
      </datalist>
      {isPaired(form.region) || problemAt('laterality') || (form.laterality && form.laterality !== 'none') ? (
        <Choices
          label={t('laterality')}
          hint={t('laterality.hint')}
          required
          value={form.laterality === 'none' ? '' : form.laterality}
          onChange={laterality => set({ laterality })}
          problem={problemAt('laterality')}
          choices={(['right', 'left', 'both'] as const).map(id => ({ id, label: t(`laterality.${id}`) }))}
        />
      ) : null}
      <div className={styles.two}>
        <Choices
          label={t('kind')}
          value={form.kind}
          onChange={kind => set({ kind })}
          choices={(['reading', 'opinion'] as const).map(id => ({
            id,
            label: t(`kind.${id}`),
            hint: t(`kind.${id}.hint`),
          }))}
        />
        <Select
          label={t('wanted')}
          optional
          value={form.wanted || 'contract'}
          onChange={id => set({ wanted: id === 'contract' ? '' : id })}
          problem={problemAt('wantedWithinMinutes')}
          options={[
            { id: 'contract', label: t('wanted.contract') },
            { id: '60', label: t('wanted.hour') },
            { id: '240', label: t('wanted.hours') },
            { id: '1440', label: t('wanted.day') },
            { id: '4320', label: t('wanted.days') },
          ]}
        />
        {readers.length > 1 ? (
          <Select
            label={t('to')}
            value={form.to || 'any'}
            onChange={to => set({ to: to === 'any' ? '' : to })}
            options={[{ id: 'any', label: t('to.any') }, ...readers]}
            problem={problemAt('to')}
          />
        ) : readers[0] ? (
          <p className={styles.aside}>{t('to.one', { name: readers[0].label })}</p>
        ) : null}
      </div>
      <OnDuty
        site={session.account.site}
        {...(form.to ? { to: form.to } : {})}
        modality={form.modality}
        kind={form.kind}
        urgency={form.urgency}
        region={form.region}
      />
    </Group>
  )
}
