import type { ContractView, PromisedMinutes } from '../../node/sites/view.js'
import { TextField } from '../parts/Field.js'
import { Head, Table } from '../parts/Table.js'
import { contracts as words } from '../words/contracts.js'
import { useWords } from '../words/words.js'
import styles from './Contract.module.css'
import {
  type Class,
  type ContractDraft,
  classes,
  hasTimer,
  type TimerName,
  timerNames,
} from './contract-form.js'

function useClassWords() {
  const t = useWords(words)
  return (of: Class) => t(of === 'opinion' ? 'class.opinion' : `urgency.${of}`)
}

/** The times agreed, class by class; what is not agreed is the usual time. */
export function TimesTable({ timers }: { timers: ContractView['timers'] }) {
  const t = useWords(words)
  const nameOf = useClassWords()
  return (
    <Table caption={t('part.times')} dense>
      <Head
        columns={[
          { label: t('class'), hidden: true },
          ...timerNames.map(timer => ({ label: t(`timer.${timer}`), right: true })),
        ]}
      />
      <tbody>
        {classes.map(of => {
          const promised: PromisedMinutes = timers?.[of] ?? {}
          return (
            <tr key={of}>
              <th scope="row" className={styles.class}>
                {nameOf(of)}
              </th>
              {timerNames.map(timer => (
                <td key={timer} className={styles.minutes}>
                  {promised[timer] !== undefined ? (
                    <strong>{t('minutes', { n: promised[timer] })}</strong>
                  ) : (
                    <span className="third">{hasTimer(of, timer) ? t('usual') : '–'}</span>
                  )}
                </td>
              ))}
            </tr>
          )
        })}
      </tbody>
    </Table>
  )
}

/** The same, to be filled in: minutes. */
export function TimersField({
  timers,
  onChange,
  problem,
}: {
  timers: ContractDraft['timers']
  onChange: (timers: ContractDraft['timers']) => void
  problem: (of: Class, timer: TimerName) => string | undefined
}) {
  const t = useWords(words)
  const nameOf = useClassWords()
  return (
    <>
      <p className="second">{t('times.hint')}</p>
      <Table caption={t('part.times')} dense>
        <Head
          columns={[{ label: t('class'), hidden: true }, ...timerNames.map(timer => t(`timer.${timer}`))]}
        />
        <tbody>
          {classes.map(of => (
            <tr key={of}>
              <th scope="row" className={styles.class}>
                {nameOf(of)}
              </th>
              {timerNames.map(timer => (
                <td key={timer} className={styles.minute}>
                  {hasTimer(of, timer) ? (
                    <TextField
                      label={`${nameOf(of)}, ${t(`timer.${timer}`)}, ${t('minutes.unit')}`}
                      hideLabel
                      inputMode="numeric"
                      placeholder={t('usual')}
                      maxLength={5}
                      value={timers[`${of}.${timer}`] ?? ''}
                      onChange={value => onChange({ ...timers, [`${of}.${timer}`]: value })}
                      problem={problem(of, timer)}
                    />
                  ) : (
                    <span className="third">–</span>
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </Table>
    </>
  )
}
