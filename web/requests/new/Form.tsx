import type { ContractView, SiteView } from '../../../node/sites/view.js'
import { Button } from '../../parts/Button.js'
import { TextArea, TextField } from '../../parts/Field.js'
import type { Waiting } from '../../parts/waiting.js'
import { ExamGroup } from './ExamGroup.js'
import styles from './Form.module.css'
import { Group } from './Group.js'
import { LaterGroup } from './LaterGroup.js'
import { LawGroup } from './LawGroup.js'
import { PaperGroup } from './PaperGroup.js'
import { PatientGroup } from './PatientGroup.js'
import { RiskGroup } from './RiskGroup.js'
import { SimilarBox } from './SimilarBox.js'
import { type FormPart, useFields } from './use-fields.js'

/** Step 2: the request on one page, everything known already in its place. */
export function Form({
  me,
  groups,
  papers,
  site,
  onChangeStudy,
  ...part
}: FormPart & {
  me: string
  groups: { contracts: ContractView[]; sites: SiteView[] }
  /** Where what is alike is looked for; absent: not any more. */
  site?: string
  /** Absent: the papers of a request that exists are added on its page. */
  papers?: { files: Waiting[]; onChange: (files: Waiting[]) => void }
  /** Absent: the studies of a request that exists change elsewhere. */
  onChangeStudy?: () => void
}) {
  const { form, set } = part
  const { t, problemAt, text } = useFields(part)
  return (
    <div className={styles.form}>
      <ExamGroup {...part} {...groups} {...(onChangeStudy ? { onChangeStudy } : {})} />
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

      <PatientGroup {...part} />
      <RiskGroup {...part} />
      <Group title={t('group.requester')}>
        <div className={styles.three}>
          <TextField label={t('requesterName')} required {...text('requesterName', 'requester.name')} />
          <TextField
            label={t('phone')}
            hint={t('why.phone')}
            required
            {...text('phone', 'requester.phone', { type: 'tel', inputMode: 'tel' })}
          />
          <TextField label={t('service')} {...text('service', 'requester.service')} />
          <TextField
            label={t('rpps')}
            optional
            {...text('rpps', 'requester.rpps', { inputMode: 'numeric' })}
          />
          <TextField
            label={t('responsible')}
            hint={t('responsible.hint')}
            required
            {...text('responsibleName', 'responsible.name')}
            after={
              <Button
                size="s"
                look="quiet"
                onPress={() => set({ responsibleName: form.requesterName, responsiblePhone: form.phone })}
              >
                {t('responsible.same')}
              </Button>
            }
          />
          <TextField
            label={t('responsiblePhone')}
            {...text('responsiblePhone', 'responsible.phone', { type: 'tel', inputMode: 'tel' })}
          />
        </div>
      </Group>

      {site ? <SimilarBox site={site} {...part} /> : null}
      <LawGroup me={me} {...part} />
      {papers ? <PaperGroup {...papers} /> : null}
      {papers ? <LaterGroup {...part} /> : null}
    </div>
  )
}
