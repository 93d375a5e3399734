import type { SwapView } from '../../node/offsite/view.js'
import { useAct } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { isRefusal } from '../parts/ErrorBox.js'
import { useToasts } from '../parts/Toast.js'
import { useSession } from '../session.js'
import { rosters as words } from '../words/rosters.js'
import { useLanguage, useWords } from '../words/words.js'
import styles from './Roster.module.css'
import { wallMoment } from './wall.js'

/** Swaps that wait for an answer: whoever is asked gives it here. */
export function SwapList({ swaps, timeZone }: { swaps: readonly SwapView[]; timeZone: string }) {
  const t = useWords(words)
  const { locale } = useLanguage()
  const { account } = useSession().session
  const toasts = useToasts()
  const answer = useAct<unknown, { id: string; answer: 'accept' | 'decline' | 'withdraw' }>(
    ({ id, answer: given }) => ({ method: 'POST', path: `/api/rosters/swaps/${id}/${given}` }),
    {
      refresh: [['rosters'], ['duty']],
      onProblem: problem =>
        isRefusal(problem)
          ? toasts.say({ text: t('swap.refused'), detail: problem.detail, tone: 'late' })
          : toasts.trouble(problem),
    },
  )
  if (swaps.length === 0) return null
  const moment = (iso: string) => wallMoment(iso, timeZone, locale)
  return (
    <section className={styles.part}>
      <h2>{t('swaps.title')}</h2>
      <ul className={styles.list}>
        {swaps.map(({ id, by, to, shift, exchange, text }) => (
          <li key={id}>
            <span>
              {t('swap.line', { by: by.name, to: to.name, from: moment(shift.from) })}
              {exchange ? ` ${t('swap.for', { from: moment(exchange.from) })}` : ''}
              {text ? <small className="second"> « {text} »</small> : null}
            </span>
            <span className={styles.buttons}>
              {to.account === account.id ? (
                <>
                  <Button size="s" onPress={() => answer.mutate({ id, answer: 'decline' })}>
                    {t('swap.decline')}
                  </Button>
                  <Button size="s" look="go" onPress={() => answer.mutate({ id, answer: 'accept' })}>
                    {t('swap.accept')}
                  </Button>
                </>
              ) : by.account === account.id ? (
                <Button size="s" onPress={() => answer.mutate({ id, answer: 'withdraw' })}>
                  {t('swap.withdraw')}
                </Button>
              ) : null}
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}
