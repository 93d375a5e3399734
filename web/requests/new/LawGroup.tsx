import { Button } from '../../parts/Button.js'
import { Choices, TextArea, TextField } from '../../parts/Field.js'
import styles from './Form.module.css'
import { Group } from './Group.js'
import { type FormPart, useFields } from './use-fields.js'

/** Who made sure of the identity and how; who informed whom, or why nobody could, or that the patient objects. */
export function LawGroup({ me, ...part }: FormPart & { me: string }) {
  const { form, set } = part
  const { t, problemAt, text } = useFields(part)
  const mine = (field: 'identityCheckedBy' | 'informedBy') => (
    <Button size="s" look="quiet" onPress={() => set({ [field]: me })}>
      {t('identityCheckedBy.me')}
    </Button>
  )
  return (
    <Group title={t('group.law')}>
      <div className={styles.two}>
        <TextField
          label={t('identityCheckedBy')}
          hint={t('identityCheckedBy.hint')}
          required
          {...text('identityCheckedBy', 'identityCheckedBy')}
          after={mine('identityCheckedBy')}
        />
        <div className={styles.stack}>
          <Choices
            label={t('checkHow')}
            required
            value={form.checkHow}
            onChange={checkHow => set({ checkHow })}
            problem={problemAt('identityCheck.how')}
            choices={(['bracelet', 'document', 'told', 'other'] as const).map(id => ({
              id,
              label: t(`checkHow.${id}`),
            }))}
          />
          {form.checkHow === 'told' || form.checkHow === 'other' || form.checkHow === 'document' ? (
            <TextField
              label={t(`checkNote.${form.checkHow}`)}
              required={form.checkHow !== 'document'}
              optional={form.checkHow === 'document'}
              {...text('checkNote', 'identityCheck.note')}
            />
          ) : null}
        </div>
      </div>
      <Choices
        label={t('consent')}
        hint={t('consent.hint')}
        required
        value={form.consent}
        onChange={consent => set({ consent })}
        problem={problemAt('consent')}
        choices={(['given', 'exception', 'opposition'] as const).map(id => ({
          id,
          label: t(`consent.${id}`),
        }))}
      />
      {form.consent === 'given' ? (
        <div className={styles.two}>
          <Choices
            label={t('informed')}
            required
            value={form.informed}
            onChange={informed => set({ informed })}
            problem={problemAt('consent.informed')}
            choices={(['patient', 'guardian', 'trusted-person'] as const).map(id => ({
              id,
              label: t(`informed.${id}`),
            }))}
          />
          <TextField
            label={t('informedBy')}
            required
            {...text('informedBy', 'consent.by')}
            after={mine('informedBy')}
          />
        </div>
      ) : null}
      {form.consent === 'exception' ? (
        <TextField
          label={t('exception')}
          placeholder={t('exception.placeholder')}
          required
          {...text('exception', 'consent.exception')}
        />
      ) : null}
      {form.consent === 'opposition' ? (
        <>
          <div className={styles.stop} role="alert">
            <strong>{t('opposition.title')}</strong>
            <p>{t('opposition.text')}</p>
          </div>
          <TextArea
            label={t('opposition')}
            lines={2}
            value={form.opposition}
            onChange={opposition => set({ opposition })}
            problem={problemAt('consent.opposition')}
            maxLength={4000}
          />
        </>
      ) : null}
    </Group>
  )
}
