import { TextField } from '../../parts/Field.js'
import { laterWords } from '../../words/later.js'
import { useWords } from '../../words/words.js'
import { Later } from '../Later.js'
import { Group } from './Group.js'
import { type FormPart, useFields } from './use-fields.js'

/** A form filled in by hand during a breakdown: its number, and when it was asked for. */
export function LaterGroup(part: FormPart) {
  const { form, set } = part
  const { problemAt, text } = useFields(part)
  const t = useWords(laterWords)
  return (
    <Group title={t('check')} lead={t('check.lead')}>
      <Later
        value={form.paperAt}
        onChange={paperAt => set({ paperAt })}
        problem={problemAt('paper.happenedAt')}
      />
      {form.paperAt === undefined ? null : (
        <TextField
          label={t('number')}
          hint={t('number.hint')}
          optional
          {...text('paperNumber', 'paper.number')}
        />
      )}
    </Group>
  )
}
