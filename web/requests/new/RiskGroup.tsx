import { Choices, TextField } from '../../parts/Field.js'
import styles from './Form.module.css'
import { Group } from './Group.js'
import { type FormPart, useFields } from './use-fields.js'

/** What the reader and the room must know before. */
export function RiskGroup(part: FormPart) {
  const { form, set } = part
  const { t, problemAt, text } = useFields(part)
  return (
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
  )
}
