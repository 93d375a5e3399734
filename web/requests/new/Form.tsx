import { type ReactNode, useId } from 'react'
import type { ContractView, SiteView } from '../../../node/sites/view.js'
import type { ApiProblem } from '../../api/problem.js'
import { Button } from '../../parts/Button.js'
import { Choices, TextArea, TextField, type TextFieldProps } from '../../parts/Field.js'
import { Select } from '../../parts/Select.js'
import { useFormats } from '../../words/format.js'
import { newRequestWords } from '../../words/new-request.js'
import { useLanguage, useWords } from '../../words/words.js'
import { useInWords } from '../in-words.js'
import styles from './Form.module.css'
import type { gapsOf, RequestForm } from './form.js'
import { isPaired, regionNames } from './region.js'

const modalities = ['CT', 'MR', 'DX', 'CR', 'US', 'MG', 'PT', 'NM', 'XA', 'OT']

/** Step 2: the request on one page, everything known already in its place. */
export function Form({
  form,
  set,
  gaps,
  problem,
  me,
  groups,
  onChangeStudy,
}: {
  form: RequestForm
  set: (change: Partial<RequestForm>) => void
  /** Empty until it was tried to send. */
  gaps: ReturnType<typeof gapsOf>
  problem: ApiProblem | null
  me: string
  groups: { contracts: ContractView[]; sites: SiteView[] }
  onChangeStudy: () => void
}) {
  const t = useWords(newRequestWords)
  const formats = useFormats()
  const inWords = useInWords()
  const { language } = useLanguage()
  const regions = useId()
  const fromPacs = form.studies.length > 0

  const problemAt = (path: string): string | undefined => {
    const gap = gaps.get(path)
    return gap ? t(`gap.${gap}`) : problem?.field(path)
  }
  const text = (field: keyof RequestForm, path: string, rest: Partial<TextFieldProps> = {}) => ({
    value: String(form[field]),
    onChange: (value: string) => set({ [field]: value }),
    problem: problemAt(path),
    name: path,
    autoComplete: 'off',
    ...rest,
  })
  const readers = groups.contracts.map(contract => ({
    id: contract.reading,
    label: groups.sites.find(site => site.id === contract.reading)?.name ?? contract.reading,
  }))

  return (
    <div className={styles.form}>
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
          <Button size="s" look="quiet" onPress={onChangeStudy}>
            {t('study.change')}
          </Button>
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
          <div>
            <TextField
              label={t('region')}
              hint={t('region.hint')}
              required
              list={regions}
              {...text('region', 'region')}
            />
            <datalist id={regions}>
              {regionNames(language).map(name => (
                <option key={name} value={name} />
              ))}
            </datalist>
          </div>
          <TextField label={t('accession')} optional {...text('accession', 'accession')} />
        </div>
        {isPaired(form.region) ||
        problemAt('laterality') ||
        (form.laterality && form.laterality !== 'none') ? (
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
      </Group>

      <Group title={t('group.question')}>
        <TextArea
          label={t('question')}
          hint={t('question.hint')}
          required
          lines={2}
          value={form.question}
          onChange={question => set({ question })}
          problem={problemAt('question')}
          name="question"
          maxLength={4000}
        />
        <TextArea
          label={t('context')}
          hint={t('context.hint')}
          optional
          lines={2}
          value={form.context}
          onChange={context => set({ context })}
          problem={problemAt('context')}
          maxLength={4000}
        />
      </Group>

      <Group title={t('group.patient')} lead={fromPacs ? t('patient.fromPacs') : undefined}>
        <div className={styles.three}>
          <TextField label={t('family')} required {...text('family', 'patient.family')} />
          <TextField label={t('given')} {...text('given', 'patient.given')} />
          <TextField label={t('birthName')} optional {...text('birthName', 'patient.birthName')} />
          <TextField
            label={t('birthDate')}
            required={form.identityStatus !== 'provisional'}
            {...text('birthDate', 'patient.birthDate', { type: 'date' })}
          />
          <TextField label={t('patientId')} required {...text('patientId', 'patient.id')} />
          <TextField
            label={t('issuer')}
            hint={t('issuer.hint')}
            required
            {...text('issuer', 'patient.issuer')}
          />
        </div>
        <div className={styles.two}>
          <Choices
            label={t('sex')}
            required
            value={form.sex}
            onChange={sex => set({ sex })}
            problem={problemAt('patient.sex')}
            choices={(['F', 'M', 'O', 'U'] as const).map(id => ({ id, label: t(`sex.${id}`) }))}
          />
          <Select
            label={t('identityStatus')}
            optional
            value={form.identityStatus || 'none'}
            onChange={id =>
              set({ identityStatus: id === 'none' ? '' : (id as RequestForm['identityStatus']) })
            }
            options={[
              { id: 'none', label: t('identityStatus.none') },
              ...(['provisional', 'retrieved', 'validated', 'qualified'] as const).map(id => ({
                id,
                label: t(`identity.${id}`),
              })),
            ]}
          />
        </div>
        {problemAt('studies') || problemAt('identityDifference') || form.identityDifference ? (
          <TextArea
            label={t('identityDifference')}
            hint={t('identityDifference.hint')}
            required
            value={form.identityDifference}
            onChange={identityDifference => set({ identityDifference })}
            problem={problemAt('identityDifference') ?? problemAt('studies')}
          />
        ) : null}
      </Group>

      <Group title={t('group.risks')}>
        <div className={styles.three}>
          <TextField
            label={t('allergy')}
            placeholder={t('allergy.placeholder')}
            {...text('allergy', 'risks.allergy')}
          />
          <TextField
            label={t('renal')}
            placeholder={t('renal.placeholder')}
            {...text('renal', 'risks.renal')}
          />
          <TextField label={t('anticoagulants')} {...text('anticoagulants', 'risks.anticoagulants')} />
        </div>
        <div className={styles.two}>
          {form.sex === 'M' ? null : (
            <Choices
              label={t('pregnancy')}
              value={form.pregnancy}
              onChange={pregnancy => set({ pregnancy })}
              problem={problemAt('risks.pregnancy')}
              choices={(['no', 'possible', 'yes', 'unknown'] as const).map(id => ({
                id,
                label: t(`pregnancy.${id}`),
              }))}
            />
          )}
          {form.modality === 'MR' ? (
            <Choices
              label={t('pacemaker')}
              hint={t('pacemaker.hint')}
              value={form.pacemaker}
              onChange={pacemaker => set({ pacemaker })}
              problem={problemAt('risks.pacemaker')}
              choices={(['no', 'yes'] as const).map(id => ({ id, label: t(`pacemaker.${id}`) }))}
            />
          ) : null}
        </div>
        <TextField label={t('otherRisk')} {...text('otherRisk', 'risks.other')} />
      </Group>

      <Group title={t('group.requester')}>
        <div className={styles.three}>
          <TextField label={t('requesterName')} required {...text('requesterName', 'requester.name')} />
          <TextField
            label={t('phone')}
            hint={t('phone.hint')}
            required
            {...text('phone', 'requester.phone', { type: 'tel', inputMode: 'tel' })}
          />
          <TextField label={t('service')} {...text('service', 'requester.service')} />
        </div>
      </Group>

      <Group title={t('group.law')}>
        <div className={styles.check}>
          <TextField
            label={t('identityCheckedBy')}
            hint={t('identityCheckedBy.hint')}
            required
            {...text('identityCheckedBy', 'identityCheckedBy')}
            after={
              <Button size="s" look="quiet" onPress={() => set({ identityCheckedBy: me })}>
                {t('identityCheckedBy.me')}
              </Button>
            }
          />
        </div>
        <Choices
          label={t('consent')}
          hint={t('consent.hint')}
          required
          value={form.consent}
          onChange={consent => set({ consent })}
          problem={problemAt('consent')}
          choices={(['given', 'exception'] as const).map(id => ({ id, label: t(`consent.${id}`) }))}
        />
        {form.consent === 'exception' ? (
          <TextField
            label={t('exception')}
            placeholder={t('exception.placeholder')}
            required
            {...text('exception', 'consent.exception')}
          />
        ) : null}
      </Group>
    </div>
  )
}

function Group({ title, lead, children }: { title: string; lead?: string | undefined; children: ReactNode }) {
  const id = useId()
  return (
    <section className={styles.group} aria-labelledby={id}>
      <div>
        <h2 id={id}>{title}</h2>
        {lead ? <small>{lead}</small> : null}
      </div>
      <div className={styles.fields}>{children}</div>
    </section>
  )
}
