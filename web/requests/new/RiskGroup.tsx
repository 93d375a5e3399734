import { Button } from '../../parts/Button.js'
import { Choices, TextField } from '../../parts/Field.js'
import styles from './Form.module.css'
import { needsOf } from './form.js'
import { Group } from './Group.js'
import { type FormPart, useFields } from './use-fields.js'

/** What the reader and the room must know before; what this exam makes mandatory says why. */
export function RiskGroup(part: FormPart) {
  const { form, set } = part
  const { t, problemAt, text } = useFields(part)
  const needs = needsOf(form)
  const quick = (field: 'allergy' | 'renal', words: string) =>
    needs.contrast && !form[field]
      ? {
          after: (
            <Button size="s" look="quiet" onPress={() => set({ [field]: words })}>
              {words}
            </Button>
          ),
        }
      : {}
  return (
    <Group title={t('group.risks')} lead={needs.contrast ? t('why.contrast') : undefined}>
      {form.modality === 'CT' || form.modality === 'MR' ? (
        <Choices
          label={t('contrast')}
          hint={t('contrast.hint')}
          value={form.contrast}
          onChange={contrast => set({ contrast })}
          problem={problemAt('contrast')}
          choices={(['yes', 'no', 'unknown'] as const).map(id => ({ id, label: t(`contrast.${id}`) }))}
        />
      ) : null}
      <div className={styles.three}>
        <TextField
          label={t('allergy')}
          placeholder={t('allergy.placeholder')}
          required={needs.contrast}
          {...text('allergy', 'risks.allergy')}
          {...quick('allergy', t('allergy.none'))}
        />
        <TextField
          label={t('renal')}
          placeholder={t('renal.placeholder')}
          required={needs.contrast}
          {...text('renal', 'risks.renal')}
          {...quick('renal', t('renal.unknown'))}
        />
        <TextField label={t('anticoagulants')} {...text('anticoagulants', 'risks.anticoagulants')} />
      </div>
      <div className={styles.two}>
        {form.sex === 'M' ? null : (
          <Choices
            label={t('pregnancy')}
            hint={needs.pregnancy ? t('why.pregnancy') : undefined}
            required={needs.pregnancy}
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
            hint={t('why.pacemaker')}
            required={needs.pacemaker}
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
