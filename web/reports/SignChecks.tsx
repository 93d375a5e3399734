import type { SigningCheckView } from '../../node/reports/view.js'
import { TextField } from '../parts/TextField.js'
import { reportWords } from '../words/reports.js'
import { useWords } from '../words/words.js'
import styles from './SignDialog.module.css'

/** What does not fit the case: its signer says that it is right so, and why. */
export function SignChecks({
  checks,
  reasons,
  onChange,
  tried,
}: {
  checks: readonly SigningCheckView[]
  reasons: Readonly<Record<string, string>>
  onChange: (reasons: Record<string, string>) => void
  tried: boolean
}) {
  const t = useWords(reportWords)
  if (checks.length === 0) return null
  return (
    <section className={styles.checks} aria-label={t('checks.title')}>
      <strong>{t('checks.title')}</strong>
      {checks.map(({ code, sentence, blocks }) => (
        <div key={`${code} ${sentence}`}>
          <p>{sentence}</p>
          {blocks ? null : (
            <TextField
              label={t('checks.reason')}
              name={`reason-${code}`}
              required
              value={reasons[code] ?? ''}
              onChange={reason => onChange({ ...reasons, [code]: reason })}
              problem={tried && !reasons[code]?.trim() ? t('checks.missing') : undefined}
            />
          )}
        </div>
      ))}
    </section>
  )
}

/** As the node takes them. */
export const confirmedOf = (checks: readonly SigningCheckView[], reasons: Readonly<Record<string, string>>) =>
  [...new Set(checks.filter(({ blocks }) => !blocks).map(({ code }) => code))].map(code => ({
    code,
    reason: (reasons[code] ?? '').trim(),
  }))
