import type { ContractTermsView, ContractView, PromisedMinutes } from '../../node/sites/view.js'
import { useData } from '../api/data.js'
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
  return (of: Class) => t(of === 'opinion' || of === 'timeCritical' ? `class.${of}` : `urgency.${of}`)
}

/** What a contract can be made with, and what holds where it says nothing. */
export const useTerms = () => useData<ContractTermsView>(['contracts', 'terms'], '/api/contract-terms').data

/** The usual minutes of a class; of a stroke or a major trauma never more than this contract gives an emergency. */
function usualOf(
  terms: ContractTermsView | undefined,
  of: Class,
  timer: TimerName,
  emergencyRead: number | undefined,
): number | undefined {
  const promised: PromisedMinutes = terms?.usual[of] ?? {}
  const usual = promised[timer]
  return of === 'timeCritical' && usual !== undefined && emergencyRead !== undefined
    ? Math.min(usual, emergencyRead)
    : usual
}

/** The times agreed, class by class; what is not agreed is the usual time. */
export function TimesTable({ timers }: { timers: ContractView['timers'] }) {
  const t = useWords(words)
  const terms = useTerms()
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
                    <Usual
                      minutes={usualOf(terms, of, timer, timers?.emergency?.read)}
                      applies={hasTimer(of, timer)}
                    />
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

/** The number that holds where nothing is agreed, and that it is the usual one. */
function Usual({ minutes, applies }: { minutes: number | undefined; applies: boolean }) {
  const t = useWords(words)
  if (!applies) return <span className="third">–</span>
  if (minutes === undefined) return <span className="third">{t('usual')}</span>
  return (
    <span className="second">
      {t('minutes', { n: minutes })}
      <small className={styles.usual}>{t('usual')}</small>
    </span>
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
  const terms = useTerms()
  const nameOf = useClassWords()
  const typed = Number(timers['emergency.read'] ?? '')
  const emergencyRead = Number.isInteger(typed) && typed > 0 ? typed : undefined
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
                      placeholder={String(usualOf(terms, of, timer, emergencyRead) ?? t('usual'))}
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
