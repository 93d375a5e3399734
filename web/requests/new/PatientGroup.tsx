import { Choices, TextArea, TextField } from '../../parts/Field.js'
import { Select } from '../../parts/Select.js'
import styles from './Form.module.css'
import type { RequestForm } from './form.js'
import { Group } from './Group.js'
import { type FormPart, useFields } from './use-fields.js'

/** Who it is about, as the PACS says or as it is typed; a difference between the two must be explained. */
export function PatientGroup(part: FormPart) {
  const { form, set } = part
  const { t, problemAt, text } = useFields(part)
  const fromPacs = form.studies.length > 0
  return (
    <Group title={t('group.patient')} lead={fromPacs ? t('patient.fromPacs') : undefined}>
      <div className={styles.three}>
        <TextField label={t('family')} required {...text('family', 'patient.family')} />
        <TextField label={t('given')} {...text('given', 'patient.given')} />
        <TextField label={t('birthName')} optional {...text('birthName', 'patient.birthName')} />
        <TextField label={t('usedName')} optional {...text('usedName', 'patient.usedName')} />
        <TextField label={t('givenNames')} optional {...text('givenNames', 'patient.givenNames')} />
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
          onChange={id => set({ identityStatus: id === 'none' ? '' : (id as RequestForm['identityStatus']) })}
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
  )
}
